"""A measurement of allocations: tracing on, warm-up, snapshots in equal steps, tracing off."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memtui.model.again import Again
from memtui.model.errors import MemtuiError, NoHeadroom, RequestFailed
from memtui.store.snapshots import SnapshotSeries
from memtui.verbs.allocations import allocations, start_tracing, stop_tracing, tracing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from memtui.verbs.allocations import Tracing
    from memtui.verbs.asking import Asks

#: Above this share of the budget the last snapshot is taken early, before the agent stops tracing.
_NEARLY = 0.75

#: How often the overhead is checked, seconds.
_LOOK_S = 0.5

#: How much longer than planned the agent lets tracing run, seconds.
_SPARE_S = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How to measure: a snapshot after ``warm_up_s``, then ``rounds`` more, ``every_s`` apart."""

    rounds: int
    every_s: float
    warm_up_s: float
    depth: int
    budget_bytes: int

    @property
    def seconds(self) -> float:
        """How long tracing is on in total."""
        return self.warm_up_s + self.rounds * self.every_s


class TracingRun:
    """One measurement of allocations.  ``rounds`` has the snapshots so far, ``state`` is the state of tracing.

    Before a snapshot that would stall the target, ``consent`` is asked, with its cost in words.
    ``ended`` says why it ended early: ``near-budget``, ``cost`` (no consent), or the value of
    ``Tracing.ended``; "" if it did not.
    """

    def __init__(
        self,
        session: Asks,
        plan: Plan,
        *,
        consent: Callable[[str], Awaitable[bool]],
        changed: Callable[[TracingRun], None] = lambda _run: None,
        progress: Callable[[str, int, int], None] = lambda _phase, _done, _total: None,
    ) -> None:
        self.plan = plan
        self.rounds = SnapshotSeries()
        self.state: Tracing | None = None
        self.ours = True
        self.ended = ""
        self._session = session
        self._consent = consent
        self._consented = False
        self._changed = changed
        self._progress = progress

    async def run(self) -> None:
        """Measure.  Tracing is off afterwards, however this ends, unless it was on before.

        Raises NoHeadroom without consent to the first snapshot, and what a session raises.
        """
        plan = self.plan
        self._told(
            await start_tracing(
                self._session,
                depth=plan.depth,
                budget_bytes=plan.budget_bytes,
                seconds=plan.seconds + _SPARE_S,
            )
        )
        self.ours = self.state is not None and self.state.ours
        try:
            await self._measure()
        except BaseException:
            # If this fails, the end of the session stops tracing.
            with contextlib.suppress(MemtuiError, asyncio.CancelledError):
                self._told(await stop_tracing(self._session))
            raise
        self._told(await stop_tracing(self._session))

    async def _measure(self) -> None:
        plan = self.plan
        began = time.monotonic()
        for number in range(plan.rounds + 1):
            due = began + plan.warm_up_s + number * plan.every_s
            went_on = await self._wait(due, number)
            if self.ended in ("", "near-budget") and not await self._look():
                return
            if not went_on:
                return

    async def _wait(self, due: float, number: int) -> bool:
        """Wait for moment ``due``; False if tracing has ended, or is near its budget and must end."""
        total = max(1, round(self.plan.seconds))
        what = f"snapshot {number} of {self.plan.rounds}" if number else "warming up"
        while True:
            left = due - time.monotonic()
            if left > 0:
                self._progress(what, total - max(0, round(self._left(due, number))), total)
                await asyncio.sleep(min(left, _LOOK_S))
            # Check also if ``due`` has passed: tracing may have ended during the last snapshot.
            self._told(state := await tracing(self._session))
            if state.ended or not state.on:
                self.ended = state.ended or "application"
                return False
            if state.budget_bytes and state.overhead_bytes > _NEARLY * state.budget_bytes:
                self.ended = "near-budget"
                return False
            if left <= _LOOK_S:
                return True

    def _left(self, due: float, number: int) -> float:
        return due - time.monotonic() + (self.plan.rounds - number) * self.plan.every_s

    async def _look(self) -> bool:
        """Take a snapshot; False without consent to it, or if tracing has ended."""
        try:
            snapshot = await allocations(self._session, consent=self._consented)
        except RequestFailed as error:
            if error.code == "not-tracing":
                self._told(state := await tracing(self._session))
                self.ended = state.ended or "application"
                return False
            if error.code != "costly":
                raise
            if not await self._consent(error.why):
                if not self.rounds.snapshots:
                    raise NoHeadroom(
                        "no snapshot was taken",
                        error.why,
                        hint="--yes takes it anyway",
                        again=Again(add=("--yes",)),
                    ) from None
                self.ended = "cost"
                return False
            self._consented = True
            return await self._look()
        self.rounds.add(snapshot)
        self._told(snapshot.tracing)
        return True

    def _told(self, state: Tracing) -> None:
        self.state = state
        self._changed(self)
