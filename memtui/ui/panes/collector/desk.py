"""Asks how the collector is, and forces collections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.message import Message

from memtui.diagnosis.pauses import Pause, expected_pause
from memtui.model.errors import ReadOnly
from memtui.ui.panes.collector.button import CollectorButton
from memtui.ui.panes.collector.facts import summary
from memtui.ui.panes.collector.pane import CollectorPane
from memtui.ui.panes.desk import Desk
from memtui.verbs.collect import collect
from memtui.verbs.collector import collector

if TYPE_CHECKING:
    from memtui.ui.asking import Asker
    from memtui.ui.live import Live
    from memtui.verbs.census import Census
    from memtui.verbs.collect import Collection
    from memtui.verbs.collector import Collector

_EVERY = 5
"""How many censuses pass between two looks at the collector while its pane is hidden."""


class CollectorDesk(Desk):
    """Also has ``foot``, the button of the dashboard's last line, with the collector in short."""

    PANE = CollectorPane

    pane: CollectorPane

    class CollectionForced(Message):
        """A collection was forced, and the pane shows what it freed."""

    def __init__(self, live: Live, asker: Asker) -> None:
        super().__init__(live, asker)
        self.foot = CollectorButton(id="foot")
        self._censuses = 0
        self._left = 0

    def on_mount(self) -> None:
        """Say what is not known yet, and what is not allowed."""
        self.pane.read_only = self.live.read_only
        if self.live.read_only:
            self.foot.forbid("read-only")
        self.foot.tell(summary(None, None))

    def on_census(self, census: Census) -> None:
        """Maybe look at the collector too."""
        if not self._left and self.pane.collection is not None:
            self._left = census.objects
        # Its counters change all the time and are rarely read.  While only the last line shows them,
        # an answer of the target and a repaint for each tick would be too much.
        due = self.pane.seen or self._censuses % _EVERY == 0
        self._censuses += 1
        if due and not self.asker.is_asking and not self.live.gone:
            self.ask_quietly(self._ask_state(), "collector")

    def gone(self) -> None:
        """There is nothing left to collect."""
        self.foot.forbid("the target is gone")

    async def _ask_state(self) -> None:
        self._show(await collector(self.live.session))

    def _show(self, state: Collector) -> None:
        self.pane.state = state
        self.foot.tell(summary(state, self.pane.collection))

    @on(CollectorButton.Pressed)
    def _pressed(self, event: CollectorButton.Pressed) -> None:
        event.stop()
        self.collect()

    def collect(self) -> None:
        """Force a collection, or say why not."""
        if self.live.read_only:
            error = ReadOnly("no collection was forced", "the session is read-only")
            self.asker.tell(error)
            return
        pause = self.expected_pause()
        if pause.is_long and not self.live.gone:
            text = f"Collect? It stops the program for {pause.text}"
            self.asker.question.ask(text, self._collect, again="g")
        else:
            self._collect()

    def expected_pause(self) -> Pause:
        """How long a collection will stop the program."""
        census = self.live.history.latest
        objects = 0 if census is None else census.objects
        return expected_pause(objects, self.pane.collection, self._left)

    def _collect(self) -> None:
        self.asker.ask(
            "Collecting garbage, the target stands still meanwhile",
            lambda progress: collect(self.live.session, progress=progress),
            self._collected,
            group="collect",
        )

    def _collected(self, collection: Collection) -> None:
        self._left = 0
        self.pane.collection = collection
        self._show(collection.state)
        self.post_message(self.CollectionForced())
