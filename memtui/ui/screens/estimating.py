"""What the types pane wishes for: an estimate of what the collector does not track."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from memtui.ui.panes.types import TypesPane
from memtui.ui.screens.allocating import AllocatingScreen

if TYPE_CHECKING:
    from memtui.model.untracked import Untracked

_PER_OBJECT_S = 7e-6
"""What an estimate takes for each tracked object, where each leads to three that are not."""

_LONG_S = 3.0
"""From so many seconds on it is begun only when that was said and agreed to."""


class EstimatingScreen(AllocatingScreen):
    """The part of the dashboard that estimates."""

    _took_s: float | None = None

    @on(TypesPane.EstimateWanted)
    def _estimate(self, event: TypesPane.EstimateWanted) -> None:
        census = self.live.history.latest
        seconds = self._took_s
        if seconds is None:
            seconds = _PER_OBJECT_S * (0 if census is None else census.objects)
        if seconds > _LONG_S and not event.agreed and not self.live.gone:
            self.types.propose(seconds)
            return
        self._ask_live(
            "Estimating what is not tracked",
            lambda progress: self.live.session.untracked(progress=progress),
            self._estimated,
            group="estimate",
        )

    def _estimated(self, estimate: Untracked) -> None:
        self._took_s = estimate.cost.agent_ms / 1000
        self.types.estimate = estimate
