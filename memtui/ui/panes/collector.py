"""GC: the collector's settings, and what the last forced collection freed."""

from __future__ import annotations

from time import localtime, strftime
from typing import TYPE_CHECKING

from textual import on
from textual.reactive import reactive

from memtui.model.text import count_text, millis_text, size_text
from memtui.ui.panes.pane import Pane
from memtui.ui.widgets.collector_button import CollectorButton
from memtui.ui.widgets.columns import Column
from memtui.ui.widgets.painted import SpanLines
from memtui.ui.widgets.sheet import Sheet
from memtui.ui.widgets.spans import Line, Span, cropped
from memtui.ui.widgets.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from memtui.model.collector import Collection, GcState, Generation

_COLUMNS = (
    Column("type", "freed type", 18, 100, "left", True, 72, "ascending", "end"),
    Column("count", "count", 11, 80),
    Column("size", "size", 8, 90),
)


class CollectorPane(Pane):
    """The state of the collector over a table of what was freed."""

    NAME = "GC"
    ABOUT = (
        "The garbage collector of the target: for each generation its count now over the threshold "
        "at which it is collected, and its totals since the process began. A forced collection "
        "stops the target for its pause. What it frees was garbage in reference cycles, not a leak; "
        "what stays is held by something."
    )

    state: reactive[GcState | None] = reactive(None, repaint=False)
    """The collector as it stands."""
    collection: reactive[Collection | None] = reactive(None, repaint=False)
    """The last forced collection of this session."""
    read_only: reactive[bool] = reactive(False, repaint=False)
    """Whether the session may not collect."""

    def __init__(self) -> None:
        super().__init__()
        self.button = CollectorButton()
        self.facts = CollectorFacts()
        self.table = Table(_COLUMNS, sort="size")

    def body(self) -> ComposeResult:
        """The button and facts, over what was freed."""
        yield self.button
        yield self.facts
        yield self.table

    def keyboard(self) -> Table:
        """The table takes the keys."""
        return self.table

    def on_mount(self) -> None:
        """Say what is not there yet."""
        super().on_mount()
        self._explain()

    def watch_state(self, state: GcState | None) -> None:
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
            cells=lambda row: (
                Span(freed[row].type),
                Span(count_text(freed[row].count)),
                Span(size_text(freed[row].size)),
            ),
        )
        self.state = collection.state
        self.facts.show(self.state, collection)
        self._explain()
        self.retitle()

    def _explain(self) -> None:
        if self.collection is not None:
            words = "The collection freed nothing: what is there is held by something."
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

    @on(Table.Opened)
    def _row_opened(self, event: Table.Opened) -> None:
        event.stop()


class CollectorFacts(SpanLines):
    """Three lines: settings, generations, the last collection."""

    def __init__(self) -> None:
        super().__init__()
        self._state: GcState | None = None
        self._collection: Collection | None = None

    def show(self, state: GcState | None, collection: Collection | None) -> None:
        """Show these."""
        self._state, self._collection = state, collection
        self.repaint_changes()

    def lines(self, width: int) -> list[Line]:
        """What is known, in words."""
        if self._state is None:
            return [(Span(" The collector was not asked yet.", "dim"),)]
        lines = [self._settings(self._state), self._generations(self._state)]
        if self._collection is not None:
            lines.append(self._last(self._collection))
        return [cropped(line, width) for line in lines]

    def _settings(self, state: GcState) -> Line:
        working = Span("enabled") if state.enabled else Span("disabled by the application", "warn")
        garbage_tone = "warn" if state.garbage else ""
        return (
            Span(" automatic collection ", "dim"),
            working,
            Span("  frozen ", "dim"),
            Span(count_text(state.frozen)),
            Span("  in gc.garbage ", "dim"),
            Span(count_text(state.garbage), garbage_tone),
            Span("  callbacks ", "dim"),
            Span(count_text(state.callbacks)),
            Span("  debug flags ", "dim"),
            Span(str(state.debug)),
        )

    def _generations(self, state: GcState) -> Line:
        spans: list[Span] = []
        for number, generation in enumerate(state.generations):
            spans.append(Span(f" gen{number} ", "dim"))
            spans.append(Span(_fill(generation)))
            spans.append(Span(f" run {generation.collections:,} times ", "dim"))
        return tuple(spans)

    def _last(self, collection: Collection) -> Line:
        at = strftime("%H:%M:%S", localtime(collection.at))
        spans = [
            Span(f" last at {at} ", "dim"),
            Span(f"gen{collection.generation} collected {count_text(collection.collected)}"),
            Span(f", paused the target for {millis_text(collection.pause_ms)}"),
        ]
        if collection.rss_before is not None and collection.rss_after is not None:
            change = size_text(collection.rss_after - collection.rss_before, signed=True)
            before, after = size_text(collection.rss_before), size_text(collection.rss_after)
            spans.append(Span(f", RSS {before} → {after} ({change})"))
        if collection.uncollectable:
            uncollectable = count_text(collection.uncollectable)
            spans.append(Span(f", {uncollectable} could not be collected", "warn"))
        return tuple(spans)


def summary(state: GcState | None, collection: Collection | None) -> Line:
    """The collector in one line, for the foot of the dashboard."""
    if state is None:
        return (Span("collector not asked yet", "dim"),)
    spans = []
    for number, generation in enumerate(state.generations):
        spans.append(Span(f"gen{number} ", "dim"))
        spans.append(Span(_fill(generation) + "  "))
    if not state.enabled:
        spans.append(Span("automatic collection is disabled  ", "warn"))
    if collection is not None:
        spans += _last_summary(collection)
    return tuple(spans)


def _fill(generation: Generation) -> str:
    threshold = count_text(generation.threshold)
    return f"{count_text(generation.count).rjust(len(threshold))}/{threshold}"


def _last_summary(collection: Collection) -> Sequence[Span]:
    total = sum(row.count for row in collection.freed)
    largest = sorted(collection.freed, key=lambda row: row.size, reverse=True)[:2]
    names = ", ".join(f"{row.type} {count_text(row.count)}" for row in largest)
    text = f"last: freed {count_text(total)}" + (f" ({names})" if names else "")
    if collection.rss_before is not None and collection.rss_after is not None:
        text += f", RSS {size_text(collection.rss_after - collection.rss_before, signed=True)}"
    return (Span(text),)
