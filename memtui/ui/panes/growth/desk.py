"""Measures growth since the baseline that the pane has, and sets marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from memtui.diagnosis.together import together
from memtui.present.text import clock_text
from memtui.ui.panes.desk import Desk
from memtui.ui.panes.growth.pane import GrowthPane

if TYPE_CHECKING:
    from memtui.ui.asking import Asker
    from memtui.ui.live import Live
    from memtui.verbs.census import Census


class GrowthDesk(Desk):
    """Measures with every census, and when the baseline changes."""

    PANE = GrowthPane

    pane: GrowthPane

    def __init__(self, live: Live, asker: Asker) -> None:
        super().__init__(live, asker)
        pane = self.pane
        pane.together_of = together
        pane.trends_of = lambda names, points: live.trends(names, points, pane.since)

    @on(GrowthPane.MineWanted)
    def _only_mine(self, event: GrowthPane.MineWanted) -> None:
        event.stop()
        self.ask_what_is_own(self.pane.listing)

    def on_census(self, _census: Census) -> None:
        """Measure again."""
        self._measure()

    @on(GrowthPane.BaselineChanged)
    def _measure(self) -> None:
        measured = self.live.rounds if self.pane.in_rounds else self.live.growth
        self.pane.growth = measured(self.pane.since)

    def mark(self) -> None:
        """Measure growth from now on."""
        try:
            mark = self.live.history.mark()
        except LookupError:
            self.notify("There is no census to mark yet.", severity="warning", markup=False)
            return
        self.pane.measure_from(mark)
        at = clock_text(mark.at)
        self.notify(f"Mark {mark.label} set at {at}", timeout=3, markup=False)
