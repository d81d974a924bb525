"""The data side of a dashboard: the session, the history of its answers, and the feed that polls it.

No widget is here, and no widget has a socket: desks connect the two.
"""

from __future__ import annotations

import asyncio
from time import time
from typing import TYPE_CHECKING

from memtui.store.feed import Feed
from memtui.store.history import History
from memtui.store.vitals import VitalsWatch
from memtui.ui.glance import FeedState, Glance

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from memtui.model.errors import MemtuiError
    from memtui.model.growth import Growth, Mark
    from memtui.model.process import Process
    from memtui.model.rounds import Rounds
    from memtui.numbers import Numbers
    from memtui.rpc.session import Session
    from memtui.verbs.census import Census

ROUNDS = 5
"""How many rounds the time since a baseline is cut into."""

FAREWELL_S = 0.2
"""How long quitting waits for the agent's goodbye.  The end of the connection says the same, so a
target that is busy for longer undoes everything a little later, and the user need not wait."""


class Live:
    """One target, watched.  The callbacks are called in the event loop, while :meth:`run` runs."""

    def __init__(  # noqa: PLR0913 - three of them are callbacks
        self,
        session: Session,
        process: Process,
        *,
        interval: float,
        on_census: Callable[[Census], None],
        on_trouble: Callable[[MemtuiError], None],
        on_gone: Callable[[], None],
    ) -> None:
        self.session = session
        self.process = process
        self.history = History()
        self.vitals = VitalsWatch(session.pid)
        self.interpreters = session.attachment.interpreters
        self.ended_at: float | None = None
        self.trouble = ""
        self._rss_rate: float | None = None
        self._rss_trend: list[int] = []
        self._on_census, self._on_trouble, self._on_gone = on_census, on_trouble, on_gone
        self.feed = Feed(
            session,
            self.history,
            interval=interval,
            on_census=self._census_came,
            on_error=self._trouble_came,
            on_gone=self._target_went,
        )

    async def run(self) -> None:
        """Poll until the target is gone."""
        await self.feed.run()

    async def close(self) -> None:
        """Detach from the target, within :data:`FAREWELL_S`."""
        try:
            async with asyncio.timeout(FAREWELL_S):
                await self.session.close()
        except TimeoutError:
            return

    @property
    def gone(self) -> bool:
        """Whether the target, or the connection to it, has ended."""
        return self.ended_at is not None

    @property
    def read_only(self) -> bool:
        """Whether verbs that change the target are refused."""
        return self.session.read_only

    def growth(self, baseline: Mark | float) -> Growth | None:
        """What changed since ``baseline``, a mark or seconds back."""
        return self.history.growth(baseline)

    def rounds(self, baseline: Mark | float) -> Rounds | None:
        """What changed since ``baseline``, in rounds."""
        return self.history.rounds(ROUNDS, baseline)

    def trends(self, names: Sequence[str], points: int, baseline: Mark | float) -> Numbers:
        """Counts of some types, a row for each, from ``baseline`` to now."""
        latest = self.history.latest
        now = 0.0 if latest is None else latest.at
        span = baseline if isinstance(baseline, float) else now - baseline.at
        return self.history.trends(names, points, None if span == float("inf") else span)

    def look(self) -> None:
        """Take a look at the process, which costs the target nothing."""
        if not self.gone:
            self.vitals.sample()
            # The program may start some at any time.
            self.interpreters = self.session.interpreters()
            self._rss_rate = self.vitals.rss_rate()
            self._rss_trend = [rss for _, rss in self.vitals.rss_history]

    def glance(self, asked: str = "") -> Glance:
        """How the target was at the last look; ``asked`` is what the user waits for."""
        now = self.ended_at or time()
        started = self.process.started_at
        census = self.history.latest
        return Glance(
            process=self.process,
            python=self.session.hello.python,
            method=self.session.attachment.method,
            interpreters=self.interpreters,
            uptime_s=None if started is None else now - started,
            state=self._state(),
            delay_s=self.feed.delay,
            next_s=self.feed.next_s,
            silent_s=self.feed.silent_s,
            running=asked or self.feed.phase,
            cost=self.session.last_cost if census is None else census.cost,
            longest_stall_ms=self.session.total_cost.longest_stall_ms,
            vitals=self.vitals.latest,
            rss_trend=self._rss_trend,
            rss_rate=self._rss_rate,
            objects=None if census is None else census.objects,
            objects_size=None if census is None else census.size,
            read_only=self.read_only,
            trouble=self.trouble,
        )

    def _state(self) -> FeedState:
        if self.gone:
            return FeedState.GONE
        return FeedState.PAUSED if self.feed.paused else FeedState.LIVE

    def _census_came(self, census: Census) -> None:
        self.trouble = ""
        self._on_census(census)

    def _trouble_came(self, error: MemtuiError) -> None:
        news = str(error) != self.trouble
        self.trouble = str(error)
        if news:
            self._on_trouble(error)

    def _target_went(self) -> None:
        self.ended_at = time()
        self._on_gone()
