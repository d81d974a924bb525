"""Measures allocations while the user does other things."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import on

from memtui.model.errors import MemtuiError, TargetGone
from memtui.present.allocations import ending_text
from memtui.runs.source import Sources
from memtui.runs.tracing import Plan, TracingRun
from memtui.ui.panes.allocations.pane import AllocationsPane
from memtui.ui.panes.desk import Desk
from memtui.verbs.allocations import reset_peak

if TYPE_CHECKING:
    from memtui.model.allocations import Frame
    from memtui.ui.asking import Asker
    from memtui.ui.live import Live

PLAN = Plan(rounds=120, every_s=5.0, warm_up_s=2.0, depth=5, budget_bytes=32 << 20)
"""Ten minutes at most: tracing that somebody forgot ends by itself."""

_GROUP = "allocations"


class AllocationsDesk(Desk):
    """Escape does not cancel a measurement.

    The user starts it, looks at other panes meanwhile, and stops it in this pane.
    """

    PANE = AllocationsPane

    pane: AllocationsPane

    def __init__(self, live: Live, asker: Asker) -> None:
        super().__init__(live, asker)
        self._measurement: TracingRun | None = None
        self._consent: asyncio.Future[bool] | None = None
        self._sources: Sources | None = None

    @on(AllocationsPane.TracingStarted)
    def _start_tracing(self, event: AllocationsPane.TracingStarted) -> None:
        event.stop()
        if self.live.gone:
            self.asker.tell(TargetGone("the target is gone", "nothing more can be traced"))
            return
        self.run_worker(self._trace(), name="tracing", group=_GROUP, exclusive=True)

    @on(AllocationsPane.TracingStopped)
    def _stop_tracing(self, event: AllocationsPane.TracingStopped) -> None:
        event.stop()
        if self._consent is not None:
            self._answer(consent=False)
        else:
            self.workers.cancel_group(self, _GROUP)

    async def _trace(self) -> None:
        pane = self.pane
        pane.source_of = self._source_of
        measurement = self._measurement = TracingRun(
            self.live.session, PLAN, consent=self._ask_consent, changed=self._measured
        )
        pane.running, pane.ending, pane.snapshots, pane.rows = True, "", 0, ()
        try:
            await measurement.run()
        except MemtuiError as error:
            self.asker.tell(error)
        finally:
            self._consent = None
            if pane.is_attached:
                pane.question = ""
                pane.running = False
                pane.ending = ending_text(measurement.ended)

    def _measured(self, measurement: TracingRun) -> None:
        pane = self.pane
        if not pane.is_attached:
            return  # the dashboard is being left
        pane.tracing = measurement.state
        if pane.snapshots != measurement.rounds.taken:
            self._show_rows()

    @on(AllocationsPane.ViewChanged)
    def _show_rows(self) -> None:
        pane, measurement = self.pane, self._measurement
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

    async def _ask_consent(self, cost: str) -> bool:
        pane = self.pane
        self._consent = asyncio.get_running_loop().create_future()
        pane.question = cost
        try:
            return await self._consent
        finally:
            self._consent = None
            if pane.is_attached:
                pane.question = ""

    @on(AllocationsPane.Allowed)
    def _allow(self, event: AllocationsPane.Allowed) -> None:
        event.stop()
        self._answer(consent=True)

    def _answer(self, *, consent: bool) -> None:
        if self._consent is not None and not self._consent.done():
            self._consent.set_result(consent)

    @on(AllocationsPane.PeakReset)
    def _reset_peak(self, event: AllocationsPane.PeakReset) -> None:
        event.stop()
        self.asker.ask(
            "Resetting the peak",
            lambda _progress: reset_peak(self.live.session),
            lambda tracing: setattr(self.pane, "tracing", tracing),
            group="peak",
        )
