"""What the dashboard costs its own terminal: the work of one tick, and a key until it is painted.

    python bench/ui_tick.py [--types 10000] [--ticks 30] [--keys 60] [--size 120x40]

The real app runs headless on censuses that are made up: a share of the types, and the largest ones,
change at every tick, and the tables are sorted by what changes.  The work of a tick is the
processor time of the UI thread from the census's arrival until nothing is left to paint; a key's
time is from its arrival to the write to the terminal, while the feed polls.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
from heapq import nlargest
from statistics import median
from time import perf_counter, thread_time
from typing import TYPE_CHECKING, Any

from textual import events
from textual.drivers.headless_driver import HeadlessDriver

from memtui.model.attachment import Attachment, Hello
from memtui.model.census import Census
from memtui.model.collector import GcState, Generation
from memtui.model.cost import Cost
from memtui.model.process import Process
from memtui.ui.app import MemtuiApp
from memtui.ui.screens.dashboard import Dashboard

if TYPE_CHECKING:
    from collections.abc import Sequence

QUIET_S = 0.12
"""Longer than Textual waits before it paints (1/60 s) and than any timer of a tick."""


class Encoding(HeadlessDriver):
    """Has the escape codes made, as for a terminal, and throws them away."""

    is_headless = False


class MadeUp:
    """A session that answers at once, from random figures."""

    def __init__(self, types: int) -> None:
        self.churn = 1.0
        self._random = random.Random(7)
        self.names = tuple(f"package{i % 97}.module{i % 311}.Class{i}" for i in range(types))
        self._counts = [self._random.randrange(0, 200_000) for _ in self.names]
        self.pid = os.getpid()
        self.hello = Hello(1, "0", self.pid, "3.11.7", "CPython", "", False, False, False)
        self.attachment = Attachment("made up", 1.0)
        self.read_only = False
        self.last_cost = self.total_cost = Cost(20.0, 18.0, 3.0)
        self.gone = asyncio.Event()
        self.closed = False
        self.failure = None
        self.at = 1_700_000_000.0

    async def census(self, **_: Any) -> Census:
        """A share of the counts, and the 20 largest, are a little different from the last time."""
        step, counts = self._random.randrange, list(self._counts)
        places = range(len(counts))
        largest = nlargest(20, places, key=counts.__getitem__)
        for place in (*self._random.sample(places, int(self.churn * len(counts))), *largest):
            counts[place] = max(0, counts[place] + step(-20, 22))
        self._counts = counts
        self.at += 2
        return Census(
            self.at,
            self.names,
            self._counts,
            [64 * count for count in self._counts],
            cost=self.last_cost,
        )

    async def gc_state(self, **_: Any) -> GcState:
        """Counters that move."""
        return GcState(
            True, (Generation(700, self._random.randrange(700), 1, 1, 0),) * 3, 0, 0, 0, 0
        )

    async def close(self) -> None:
        """Nothing to let go of."""
        self.closed = True


async def measure(types: int, ticks: int, keys: int, size: tuple[int, int]) -> list[str]:
    session = MadeUp(types)
    told: list[str] = []

    async def open_session(_pid: int) -> Any:
        return session

    app = MemtuiApp(
        open_session=open_session,
        process_of=lambda pid: Process(pid, "made-up", "made-up", "3.11", None, None, None, None),
        candidates=lambda: asyncio.sleep(0, []),
        pid=session.pid,
        interval=3600.0,
    )
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        app._driver.__class__ = Encoding  # noqa: SLF001 - run_test takes no driver
        while not isinstance(app.screen, Dashboard) or app.screen.types.census is None:
            await pilot.pause(0.05)
        screen = app.screen
        idle = [await _idle() for _ in range(5)]
        told.append(_told("idle, the same length of time", idle))
        for churn, key in ((0.1, "1"), (0.1, "3"), (1.0, "1")):
            session.churn = churn
            await pilot.press(key)
            await pilot.pause(0.2)
            spent = [await _tick(screen) for _ in range(ticks)]
            where = "types and growth" if key == "1" else "the lower pane in use"
            told.append(
                _told(f"tick, {churn:.0%} of types change, {where}", spent, less=median(idle))
            )
        made_up = [await _census(session) for _ in range(5)]
        told.append(_told("making a census up, not in the above", made_up))
        screen.live.feed.interval = 0.5
        waits = [await _key(app, key) for key in _keys(keys)]
        told.append(_told("key to paint, while polling every 0.5 s", waits))
    return told


def _keys(count: int) -> Sequence[str]:
    return [
        ("down", "down", "pagedown", "s", "up", "S", "end", "home")[i % 8] for i in range(count)
    ]


async def _idle() -> float:
    began = thread_time()
    await asyncio.sleep(QUIET_S)
    return (thread_time() - began) * 1000


async def _census(session: MadeUp) -> float:
    began = thread_time()
    await session.census()
    return (thread_time() - began) * 1000


async def _tick(screen: Dashboard) -> float:
    """Processor time of this thread, without making the census up."""
    made = await screen.live.session.census()
    asked = screen.live.session.census

    async def ready(**_: Any) -> Census:
        return made

    screen.live.session.census = ready  # type: ignore[method-assign]
    began = thread_time()
    screen.live.feed.poll_now()
    await asyncio.sleep(QUIET_S)
    spent = thread_time() - began
    assert screen.types.census is not None
    assert screen.types.census.at == made.at, "the tick did not arrive"
    screen.live.session.census = asked  # type: ignore[method-assign]
    return spent * 1000


async def _key(app: MemtuiApp, key: str) -> float:
    """Wall time from the key's arrival to the write to the terminal."""
    painted: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    driver = app._driver  # noqa: SLF001 - there is no other way to see the write
    assert driver is not None
    write = driver.write

    def written(data: str) -> None:
        write(data)
        if not painted.done() and app.screen.focused is not None:
            painted.set_result(perf_counter())

    await asyncio.sleep(random.Random(key).uniform(0.0, 0.05))
    driver.write = written  # type: ignore[method-assign]
    began = perf_counter()
    app.post_message(events.Key(key, None))
    try:
        async with asyncio.timeout(2.0):
            return (await painted - began) * 1000
    except TimeoutError:
        raise SystemExit(f"{key} painted nothing") from None
    finally:
        driver.write = write  # type: ignore[method-assign]


def _told(what: str, ms: Sequence[float], less: float = 0.0) -> str:
    low, middle, high = min(ms) - less, median(ms) - less, max(ms) - less
    figures = f"median {middle:6.1f} ms   least {low:6.1f} ms   most {high:6.1f} ms   of {len(ms)}"
    return f"{what:48} {figures}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--types", type=int, default=10_000)
    parser.add_argument("--ticks", type=int, default=30)
    parser.add_argument("--keys", type=int, default=64)
    parser.add_argument("--size", default="120x40")
    given = parser.parse_args()
    width, _, height = given.size.partition("x")
    size = (int(width), int(height))
    # An app that writes to a terminal keeps what is printed meanwhile for itself.
    print(*asyncio.run(measure(given.types, given.ticks, given.keys, size)), sep="\n")


if __name__ == "__main__":
    main()
