"""What the dashboard costs its own terminal: the work of one tick, and a key until it is painted.

    python bench/ui_tick.py [--types 10000] [--ticks 40] [--keys 64] [--sizes 80x24 120x40 200x60]

The real app runs headless on censuses that are made up: a share of the types, and the largest ones,
change at every tick, and the tables are sorted by what changes.  A tick is the processor time of
the UI thread from the arrival of the census's frame until nothing is left to paint: decoding it, the
store, growth, the tables of the dashboard as it opens, and the escape codes.  A key's time is wall
time, from its arrival to the write to the terminal, while the feed polls.  Exit code 1 if the median
of a tick or of the keys misses its bar.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
from heapq import nlargest
from statistics import median, quantiles
from time import perf_counter, thread_time
from typing import TYPE_CHECKING, Any, TypeAlias

from textual import events
from textual.drivers.headless_driver import HeadlessDriver

from bench.store import Viewer
from memtui.model.attachment import Attachment
from memtui.model.cost import Cost
from memtui.model.process import Process
from memtui.model.safe import Text
from memtui.ui.app import MemtuiApp
from memtui.ui.screens.dashboard import Dashboard
from memtui.verbs.collector import Collector, Generation
from memtui.verbs.hello import Hello

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memtui.verbs.census import Census

QUIET_S = 0.12
"""Longer than Textual waits before it paints (1/60 s) and than any timer of a tick."""

BARS_MS = {"tick": 10.0, "key": 50.0}

SHARES = (0.05, 1.0)
"""The share of types that change from tick to tick: a busy service, and the worst case."""

POLL_S = 0.5


Figures: TypeAlias = "Sequence[float]"
"""Milliseconds, one value for each time."""


class Encoding(HeadlessDriver):
    """Has the escape codes made, as for a terminal, and throws them away."""

    is_headless = False


class MadeUp:
    """A session that answers at once, from random figures.

    ``made`` are the frames of the next censuses, oldest first; without any, one is made when asked.
    """

    def __init__(self, types: int) -> None:
        self.share = 1.0
        self.made: list[bytes] = []
        self._random = random.Random(7)
        self._viewer = Viewer(types, self._random)
        self.pid = os.getpid()
        python, implementation, executable = map(Text, ("3.11.7", "CPython", ""))
        self.hello = Hello(
            protocol=1,
            version=Text("0"),
            pid=self.pid,
            python=python,
            implementation=implementation,
            executable=executable,
            free_threaded=False,
            read_only=False,
            joined=False,
        )
        self.attachment = Attachment("made up", 1.0)
        self.read_only = False
        self.last_cost = self.total_cost = Cost(20.0, 18.0, 3.0)
        self.gone = asyncio.Event()
        self.closed = False
        self.failure = None

    def make(self) -> None:
        """A share of the counts, and the 20 largest, are a little different from the last time."""
        step, counts = self._random.randrange, self._viewer.counts
        places = range(len(counts))
        largest = nlargest(20, places, key=counts.__getitem__)
        for place in (*self._random.sample(places, int(self.share * len(counts))), *largest):
            counts[place] = max(0, counts[place] + step(-20, 22))
        self.made.append(self._viewer.frame())

    async def ask(self, verb: str, *_: Any, **__: Any) -> Census | Collector:
        """The next census, decoded as it comes over the socket, or counters that move."""
        if verb == "collector":
            generation = Generation(700, self._random.randrange(700), 1, 1, 0)
            return Collector(True, (generation,) * 3, 0, 0, 0, 0)
        if not self.made:
            self.make()
        return self._viewer.receive(self.made.pop(0))

    async def close(self) -> None:
        """There is nothing to release."""
        self.closed = True


async def measure(types: int, ticks: int, keys: int, size: tuple[int, int]) -> dict[str, Figures]:
    """The figures for one terminal size, by name."""
    session = MadeUp(types)

    async def open_session(_pid: int) -> Any:
        return session

    app = MemtuiApp(
        open_session=open_session,
        process_of=lambda pid: Process(
            pid, "made-up", ("made-up",), "3.11", None, None, None, None
        ),
        candidates=lambda: asyncio.sleep(0, []),
        pid=session.pid,
        interval=3600.0,
    )
    figures: dict[str, Figures] = {}
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        app._driver.__class__ = Encoding  # noqa: SLF001 - run_test takes no driver
        while not isinstance(app.screen, Dashboard) or app.screen.census.pane.census is None:
            await pilot.pause(0.05)
        screen = app.screen
        idle = median([await _idle() for _ in range(5)])
        for share in SHARES:
            session.share = share
            figures[f"tick, {share:.0%} of the types change"] = [
                max(0.0, await _tick(session, screen) - idle) for _ in range(ticks)
            ]
        figures["a look at the process, beside it"] = [_look(screen) for _ in range(ticks)]
        for _ in range(keys):
            session.make()
        screen.live.feed.interval = POLL_S
        what = f"key to paint, while polling every {POLL_S} s"
        figures[what] = [await _key(app, key) for key in _keys(keys)]
    return figures


def _keys(count: int) -> Sequence[str]:
    return [
        ("down", "down", "pagedown", "s", "up", "S", "end", "home")[i % 8] for i in range(count)
    ]


async def _idle() -> float:
    began = thread_time()
    await asyncio.sleep(QUIET_S)
    return (thread_time() - began) * 1000


def _look(screen: Dashboard) -> float:
    """Time the questions to the operating system between two censuses."""
    began = thread_time()
    screen.live.look()
    return (thread_time() - began) * 1000


async def _tick(session: MadeUp, screen: Dashboard) -> float:
    """Processor time of this thread, without the time to make up the census."""
    session.make()
    before = screen.census.pane.census
    began = thread_time()
    screen.live.feed.poll_now()
    await asyncio.sleep(QUIET_S)
    spent = thread_time() - began
    assert screen.census.pane.census is not before, "the tick did not arrive"
    return spent * 1000


async def _key(app: MemtuiApp, key: str) -> float:
    """Wall time from the key's arrival to the write to the terminal."""
    painted: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    driver = app._driver  # noqa: SLF001 - only the driver sees the write
    assert driver is not None
    write = driver.write

    def written(data: str) -> None:
        write(data)
        if not painted.done() and app.screen.focused is not None:
            painted.set_result(perf_counter())

    await asyncio.sleep(random.Random(key).uniform(0.0, 0.05))
    driver.write = written  # type: ignore[method-assign]  # to count what it writes
    began = perf_counter()
    app.post_message(events.Key(key, None))
    try:
        async with asyncio.timeout(2.0):
            return (await painted - began) * 1000
    except TimeoutError:
        raise SystemExit(f"{key} painted nothing") from None
    finally:
        driver.write = write  # type: ignore[method-assign]  # to count what it writes


def _told(what: str, ms: Figures) -> str:
    worst = quantiles(ms, n=10)[8]
    return (
        f"  {what:42}{median(ms):8.1f}{worst:8.1f}{min(ms):8.1f}{max(ms):8.1f}"
        f"{_bar(what) or '–':>8}{'   missed' * _missed(what, ms)}"
    )


def _bar(what: str) -> float | None:
    return next((bar for kind, bar in BARS_MS.items() if what.startswith(kind)), None)


def _missed(what: str, ms: Figures) -> bool:
    return median(ms) > (_bar(what) or float("inf"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--types", type=int, default=10_000)
    parser.add_argument("--ticks", type=int, default=40)
    parser.add_argument("--keys", type=int, default=64)
    parser.add_argument("--sizes", nargs="+", default=["80x24", "120x40", "200x60"])
    given = parser.parse_args()
    # Use all colours on any terminal, because they cost most.
    os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    os.environ.pop("NO_COLOR", None)
    told, missed = [], False
    for size in given.sizes:
        width, height = map(int, size.split("x"))
        figures = asyncio.run(measure(given.types, given.ticks, given.keys, (width, height)))
        told += [size, *(_told(what, ms) for what, ms in figures.items())]
        missed |= any(_missed(what, ms) for what, ms in figures.items())
    # Print at the end: an app that runs captures everything that is printed.
    print(
        f"{given.types:,} types{'':38}{'median':>6}{'p90':>8}{'least':>8}{'most':>8}{'bar':>8}   ms"
    )
    print(*told, sep="\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
