"""The feed: asks for one census after the other, no faster than the target can bear."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from memtui.model.errors import MemtuiError

if TYPE_CHECKING:
    from collections.abc import Callable

    from memtui.model.census import Census
    from memtui.model.cost import Cost
    from memtui.store.history import History

#: A poll is followed by a rest of at least this many times its cost.
REST_FACTOR = 10


class Source(Protocol):
    """What a feed needs of a session."""

    @property
    def gone(self) -> asyncio.Event:
        """Set when the connection ended without our doing."""

    @property
    def closed(self) -> bool:
        """Whether the connection has ended for whatever reason."""

    @property
    def last_cost(self) -> Cost:
        """What the last answer cost the target."""

    async def census(self) -> Census:
        """The next census; raises MemtuiError."""


class Feed:
    """Polls ``session`` into ``history`` until the target is gone; run :meth:`run` as a task.

    The next poll begins ``interval`` seconds after the last one ended, or 10 times as long as it
    took the target, if that is more; so polls never overlap, and the target is busy with us for a
    tenth of the time at most.  After each poll ``on_census`` gets the census as the history keeps
    it.  ``on_error`` gets the MemtuiError of a poll that failed, and the feed goes on; ``on_gone``
    is called once, without arguments, when the connection has ended, and the feed with it.
    All three are called in the event loop.
    """

    def __init__(  # noqa: PLR0913 (three of them are whom to tell)
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
        self._cost_s = 0.0
        self._changed = asyncio.Event()

    @property
    def interval(self) -> float:
        """Seconds between two polls, at least; can be set at any time."""
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
        """Seconds until the next poll is due; 0 where one is under way."""
        return max(0.0, self._left()) if self._asking_since is None else 0.0

    @property
    def silent_s(self) -> float:
        """Seconds that the poll under way has waited for its answer; 0 where there is none."""
        asked = self._asking_since
        return 0.0 if asked is None else asyncio.get_running_loop().time() - asked

    @property
    def paused(self) -> bool:
        """Whether only :meth:`poll_now` polls."""
        return self._paused

    def pause(self) -> None:
        """Stop polling; a poll that is under way still delivers."""
        self._paused = True
        self._changed.set()

    def resume(self) -> None:
        """Go on polling; at once, if the rest is over by now."""
        self._paused = False
        self._changed.set()

    def poll_now(self) -> None:
        """Poll without waiting, also while paused; right after a poll that is under way."""
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
        """Seconds of rest that are left."""
        return self._rested_since + self.delay - asyncio.get_running_loop().time()

    async def _poll(self) -> None:
        self._asked = False
        clock = asyncio.get_running_loop().time
        cost_before = self._session.last_cost
        began = clock()
        try:
            census = await self._ask()
        except MemtuiError as error:
            cost = self._session.last_cost
            # Without an answer nobody knows what it cost; then the rest is as long as the silence.
            answered = cost is not cost_before
            self._cost_s = cost.wall_ms / 1000 if answered else (clock() - began) / REST_FACTOR
            self._rested_since = clock()
            if not self._session.closed:
                self._on_error(error)
            return
        self._cost_s = census.cost.wall_ms / 1000
        self._rested_since = clock()
        self._on_census(self._history.add(census))

    async def _ask(self) -> Census:
        self._asking_since = asyncio.get_running_loop().time()
        try:
            return await self._session.census()
        finally:
            self._asking_since = None

    async def _rest(self) -> None:
        """Wait until the rest is over or something has changed."""
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
