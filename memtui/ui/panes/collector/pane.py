"""GC: the collector's settings, and what the last forced collection freed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.reactive import reactive

from memtui.ui.panes.collector.button import CollectorButton
from memtui.ui.panes.collector.facts import CollectorFacts
from memtui.ui.panes.pane import Pane
from memtui.ui.widgets.table.sheet import Sheet
from memtui.ui.widgets.table.table import SheetTable
from memtui.verbs.collect import COLUMNS, cells

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from memtui.verbs.collect import Collection
    from memtui.verbs.collector import Collector


class CollectorPane(Pane):
    """The state of the collector over a table of what was freed."""

    NAME = "GC"
    ABOUT = (
        "The garbage collector of the target: for each generation its count now over the threshold "
        "at which it is collected, and its totals since the process began. A forced collection "
        "stops the target for its pause. What it frees was garbage in reference cycles, not a leak; "
        "what stays is held by something."
    )

    state: reactive[Collector | None] = reactive(None, repaint=False)
    """The collector as it stands."""
    collection: reactive[Collection | None] = reactive(None, repaint=False)
    """The last forced collection of this session."""
    read_only: reactive[bool] = reactive(False, repaint=False)
    """Whether the session may not collect."""

    def __init__(self) -> None:
        super().__init__()
        self.button = CollectorButton()
        self.facts = CollectorFacts()
        self.table = SheetTable(COLUMNS, sort="size")

    def body(self) -> ComposeResult:
        """The button and facts, over what was freed."""
        yield self.button
        yield self.facts
        yield self.table

    def keyboard(self) -> SheetTable:
        """The table takes the keys."""
        return self.table

    def on_mount(self) -> None:
        """Say what is not there yet."""
        super().on_mount()
        self._explain()

    def watch_state(self, state: Collector | None) -> None:
        """New counters."""
        self.facts.show(state, self.collection)

    def watch_read_only(self, read_only: bool) -> None:
        """The button goes dim."""
        self.button.forbid("the session is read-only" if read_only else "")
        self._explain()

    def watch_collection(self, collection: Collection | None) -> None:
        """A collection was made."""
        if collection is None:
            return
        freed = collection.freed
        self.table.sheet = Sheet(
            keys=[row.type for row in freed],
            values={
                "type": [row.type for row in freed],
                "count": [row.count for row in freed],
                "size": [row.size for row in freed],
            },
            cells=lambda rows: [cells(freed[row]) for row in rows],
        )
        self.state = collection.state
        self.facts.show(self.state, collection)
        self._explain()
        self.retitle()

    def _explain(self) -> None:
        if self.collection is not None:
            words = "No type has fewer objects than before: what is there is held by something."
        elif self.read_only:
            words = "No collection can be forced: the session is read-only.\nAttach without --read-only to use it."
        else:
            words = "No collection was forced yet; g forces one."
        self.table.empty_text = words
        self.table.repaint_changes()

    def copy_choice(self) -> tuple[str, str] | None:
        """The type under the cursor."""
        key = self.table.cursor_key
        return None if key is None else (str(key), "type")

    @on(SheetTable.Opened)
    def _row_opened(self, event: SheetTable.Opened) -> None:
        event.stop()
