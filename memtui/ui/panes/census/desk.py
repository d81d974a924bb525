"""Brings the last census, and an estimate of what the collector does not track."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from memtui.ui.panes.census.pane import CensusPane
from memtui.ui.panes.desk import Desk
from memtui.verbs.untracked import untracked

if TYPE_CHECKING:
    from memtui.ui.asking import Asker
    from memtui.ui.live import Live
    from memtui.verbs.census import Census
    from memtui.verbs.untracked import Untracked

_PER_OBJECT_S = 7e-6
"""The time of an estimate for each tracked object, if each leads to three untracked ones."""

_LONG_S = 3.0
"""An estimate that takes longer begins only when the user has agreed to it."""


class CensusDesk(Desk):
    """Shows every census as it comes; estimates when the user wants it."""

    PANE = CensusPane

    pane: CensusPane

    def __init__(self, live: Live, asker: Asker) -> None:
        super().__init__(live, asker)
        self._took_s: float | None = None

    @on(CensusPane.MineWanted)
    def _only_mine(self, event: CensusPane.MineWanted) -> None:
        event.stop()
        self.ask_what_is_own(self.pane.listing)

    def on_census(self, census: Census) -> None:
        """Show it."""
        self.pane.census = census

    @on(CensusPane.EstimateWanted)
    def _estimate(self, event: CensusPane.EstimateWanted) -> None:
        event.stop()
        census = self.live.history.latest
        seconds = self._took_s
        if seconds is None:
            seconds = _PER_OBJECT_S * (0 if census is None else census.objects)
        if seconds > _LONG_S and not event.agreed and not self.live.gone:
            self.pane.propose(seconds)
            return
        self.asker.ask(
            "Estimating what is not tracked",
            lambda progress: untracked(self.live.session, progress=progress),
            self._estimated,
            group="estimate",
        )

    def _estimated(self, estimate: Untracked) -> None:
        self._took_s = estimate.cost.agent_ms / 1000
        self.pane.estimate = estimate
