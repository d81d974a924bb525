"""The feed: polls one census after another, no faster than the target can bear."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from memtui.model.errors import MemtuiError
from memtui.verbs.asking import Asks
from memtui.verbs.census import census

if TYPE_CHECKING:
    from collections.abc import Callable

    from memtui.model.cost import Cost
    from memtui.store.history import History
    from memtui.verbs.census import Census

#: After each poll the feed rests for at least this many times its cost.
REST_FACTOR = 10


class Source(Asks, Protocol):
    """A target that can be asked, and whose end is noticed."""

    @property
    def gone(self) -> asyncio.Event:
        """Set when the connection was lost, not closed by us."""

    @property
    def closed(self) -> bool:
        """Whether the connection has ended, for any reason."""

    @property
    def last_cost(self) -> Cost:
        """What the last answer cost the target."""


class Feed:
    """Polls ``session`` into ``history`` until the target is gone; run :meth:`run` as a task.

    The pause after a poll is ``interval`` seconds, or 10 times what the poll cost the target, if
    that is more.  So polls never overlap, and memtui takes at most a tenth of the target's time.

    After each poll ``on_census`` gets the census as the history keeps it.  If a poll fails,
    ``on_error`` gets the MemtuiError and the feed goes on.  ``on_gone`` is called once, when the
    connection is lost; that ends the feed.  All three are called in the event loop.
    """

    def __init__(  # noqa: PLR0913 (three of them are callbacks)
        self,
        session: Source,
        history: History,
        *,
        interval: float = 2.0,
        on_census: Callable[[Census], None],
        on_error: Callable[[MemtuiError], None],
        on_gone: Callable[[], None],
    ) -> None:
        self._session = session
        self._history = history
        self._interval = interval
        self._on_census = on_census
        self._on_error = on_error
        self._on_gone = on_gone
        self._paused = False
        self._asked = True  # the first census is wanted at once
        self._rested_since = 0.0
        self._asking_since: float | None = None
        self._phase = ""
        self._cost_s = 0.0
        self._changed = asyncio.Event()

    @property
    def interval(self) -> float:
        """The least number of seconds between two polls; can be set at any time."""
        return self._interval

    @interval.setter
    def interval(self, seconds: float) -> None:
        self._interval = seconds
        self._changed.set()

    @property
    def delay(self) -> float:
        """Seconds from the end of the last poll to the next."""
        return max(self._interval, REST_FACTOR * self._cost_s)

    @property
    def next_s(self) -> float:
        """Seconds until the next poll is due; 0 while one is running."""
        return max(0.0, self._left()) if self._asking_since is None else 0.0

    @property
    def silent_s(self) -> float:
        """Seconds that the running poll has waited for its answer; 0 if no poll is running."""
        asked = self._asking_since
        return 0.0 if asked is None else asyncio.get_running_loop().time() - asked

    @property
    def phase(self) -> str:
        """What the target does for the running poll, as far as it said; "" for nothing."""
        return self._phase

    @property
    def paused(self) -> bool:
        """Whether only :meth:`poll_now` polls."""
        return self._paused

    def pause(self) -> None:
        """Stop polling; a poll that is already running still delivers."""
        self._paused = True
        self._changed.set()

    def resume(self) -> None:
        """Poll again, at once if the pause after the last poll is over."""
        self._paused = False
        self._changed.set()

    def poll_now(self) -> None:
        """Poll at once, also while paused; if a poll is running, right after it."""
        self._asked = True
        self._changed.set()

    async def run(self) -> None:
        """Poll until the connection has ended or this task is cancelled."""
        watch = asyncio.create_task(self._watch(), name="memtui-feed-watch")
        try:
            while not self._session.closed:
                if self._is_due():
                    await self._poll()
                else:
                    await self._rest()
        finally:
            watch.cancel()
        if self._session.gone.is_set():
            self._on_gone()

    def _is_due(self) -> bool:
        return self._asked or (not self._paused and self._left() <= 0)

    def _left(self) -> float:
        """Seconds left of the pause."""
        return self._rested_since + self.delay - asyncio.get_running_loop().time()

    async def _poll(self) -> None:
        self._asked = False
        clock = asyncio.get_running_loop().time
        cost_before = self._session.last_cost
        began = clock()
        try:
            counted = await self._ask()
        except MemtuiError as error:
            cost = self._session.last_cost
            # Without an answer the cost is unknown; then rest for as long as we waited.
            answered = cost is not cost_before
            self._cost_s = cost.wall_ms / 1000 if answered else (clock() - began) / REST_FACTOR
            self._rested_since = clock()
            if not self._session.closed:
                self._on_error(error)
            return
        self._cost_s = counted.cost.wall_ms / 1000
        self._rested_since = clock()
        self._on_census(self._history.add(counted))

    async def _ask(self) -> Census:
        self._asking_since = asyncio.get_running_loop().time()
        try:
            return await census(self._session, progress=self._heard)
        finally:
            self._asking_since = None
            self._phase = ""

    def _heard(self, phase: str, _done: int, _total: int) -> None:
        self._phase = phase

    async def _rest(self) -> None:
        """Wait until the pause is over or something has changed."""
        self._changed.clear()
        left = None if self._paused else self._left()
        try:
            async with asyncio.timeout(left):
                await self._changed.wait()
        except TimeoutError:
            return

    async def _watch(self) -> None:
        await self._session.gone.wait()
        self._changed.set()
