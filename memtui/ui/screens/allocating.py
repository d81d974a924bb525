"""What the allocations pane wishes for: a measurement that runs beside everything else."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import on

from memtui.model.errors import MemtuiError, TargetGone
from memtui.runs.source import Sources
from memtui.runs.tracing import Measurement, Plan
from memtui.store.snapshots import ending_text
from memtui.ui.panes.allocations import AllocationsPane
from memtui.ui.screens.serving import ServingScreen

if TYPE_CHECKING:
    from memtui.model.allocations import Frame

PLAN = Plan(rounds=120, every_s=5.0, warm_up_s=2.0, depth=5, budget_bytes=32 << 20)
"""Ten minutes at most: tracing that somebody forgot ends by itself."""

_GROUP = "allocations"


class AllocatingScreen(ServingScreen):
    """The part of the dashboard that traces allocations.

    It is no request that escape cancels: one starts it, goes on looking at other panes, and stops
    it where it was started.
    """

    _measurement: Measurement | None = None
    _consent: asyncio.Future[bool] | None = None
    _sources: Sources | None = None

    @property
    def _allocations(self) -> AllocationsPane:
        return self.query_one(AllocationsPane)

    @on(AllocationsPane.Started)
    def _start_tracing(self) -> None:
        if self.live.gone:
            self.tell(TargetGone("the target is gone", "nothing more can be traced"))
            return
        self.run_worker(self._trace(), name="tracing", group=_GROUP, exclusive=True)

    @on(AllocationsPane.Stopped)
    def _stop_tracing(self) -> None:
        if self._consent is not None:
            self._answer(consent=False)
        else:
            self.workers.cancel_group(self, _GROUP)

    async def _trace(self) -> None:
        pane = self._allocations
        pane.source_of = self._source_of
        measurement = self._measurement = Measurement(
            self.live.session,
            PLAN,
            consent=lambda cost: self._ask_consent(pane, cost),
            changed=lambda measurement: self._measured(pane, measurement),
        )
        pane.running, pane.ending, pane.snapshots, pane.rows = True, "", 0, ()
        try:
            await measurement.run()
        except MemtuiError as error:
            self.tell(error)
        finally:
            self._consent = None
            if pane.is_attached:
                pane.question = ""
                pane.running = False
                pane.ending = ending_text(measurement.ended)

    def _measured(self, pane: AllocationsPane, measurement: Measurement) -> None:
        if not pane.is_attached:
            return  # the dashboard is being left
        pane.tracing = measurement.state
        if pane.snapshots != measurement.rounds.taken:
            self._show_rows()

    @on(AllocationsPane.ViewChanged)
    def _show_rows(self) -> None:
        pane, measurement = self._allocations, self._measurement
        if measurement is not None:
            pane.snapshots = measurement.rounds.taken
            pane.rows = measurement.rounds.rows(pane.group, scope=pane.scope)
        pane.retitle()

    def _source_of(self, frame: Frame) -> str | None:
        if self._sources is None:
            self._sources = Sources(self.live.session.pid)
        assert self._measurement is not None  # a row is of a measurement
        spelled = self._measurement.rounds.spelled.get(frame.file, frame.file)
        return self._sources.line(spelled, frame.line)

    # --- consent ------------------------------------------------------------------------------

    async def _ask_consent(self, pane: AllocationsPane, cost: str) -> bool:
        self._consent = asyncio.get_running_loop().create_future()
        pane.question = cost
        try:
            return await self._consent
        finally:
            self._consent = None
            if pane.is_attached:
                pane.question = ""

    @on(AllocationsPane.Allowed)
    def _allow(self) -> None:
        self._answer(consent=True)

    def _answer(self, *, consent: bool) -> None:
        if self._consent is not None and not self._consent.done():
            self._consent.set_result(consent)

    @on(AllocationsPane.PeakReset)
    def _reset_peak(self) -> None:
        self._ask_live(
            "Resetting the peak",
            lambda _progress: self.live.session.reset_peak(),
            lambda tracing: setattr(self._allocations, "tracing", tracing),
            group="peak",
        )
