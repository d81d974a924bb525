"""The feed: cadence, pause, failures, the end; over a source that counts what it is asked.

The seconds in these tests pass on a clock of their own.
"""

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from memtui.model.cost import Cost
from memtui.model.errors import DeadlinePassed, TargetGone
from memtui.store.feed import Feed
from memtui.store.history import History
from memtui.verbs.census import Census
from tests.support.answering import Answering
from tests.support.clock import leaping
from tests.support.making import make
from tests.support.target import PATIENCE_S


class Source(Answering):
    """Answers at once, unless ``held``; ``spans`` are the (begin, end) of every poll."""

    def __init__(self, *, wall_ms=0.0):
        super().__init__()
        self.gone = asyncio.Event()
        self.closed = False
        self.wall_ms = wall_ms
        self.last_cost = Cost()
        self.failures = []
        self.held = asyncio.Event()
        self.held.set()
        self.spans = []
        self.running = 0

    async def census(self, **_: Any):
        clock = asyncio.get_running_loop().time
        began = clock()
        self.running += 1
        assert self.running == 1, "polls overlap"
        try:
            await self.held.wait()
            if self.failures:
                raise self.failures.pop(0)
            self.last_cost = Cost(self.wall_ms)
            number = len(self.spans)
            return make(Census, number, ("a",), [number], [0], cost=self.last_cost)
        finally:
            self.running -= 1
            self.spans.append((began, clock()))

    def die(self):
        self.failures = [TargetGone("process 1 ended")]
        self.closed = True
        self.gone.set()
        self.held.set()


class Running:
    """A feed that runs as a task, and all that it told."""

    def __init__(self, source, **options):
        self.source = source
        self.history = History()
        self.told = []
        self.news = asyncio.Condition()
        self.feed = Feed(
            source,
            self.history,
            on_census=lambda census: self.tell(census.at),
            on_error=self.tell,
            on_gone=lambda: self.tell("gone"),
            **options,
        )

    def tell(self, what):
        self.told.append(what)
        self.pulse = asyncio.create_task(self.notify())

    async def notify(self):
        async with self.news:
            self.news.notify_all()

    async def until(self, condition):
        async with self.news:
            await asyncio.wait_for(self.news.wait_for(condition), PATIENCE_S)

    async def __aenter__(self):
        self.task = asyncio.create_task(self.feed.run())
        return self

    async def __aexit__(self, *_):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await asyncio.gather(asyncio.create_task(self.notify()))


async def settle():
    """Let everything that can run now run."""
    for _ in range(20):
        await asyncio.sleep(0)


@leaping
async def test_polls_go_into_the_history_one_after_the_other():
    async with Running(Source(), interval=0.01) as running:
        await running.until(lambda: len(running.told) >= 4)
        assert running.told[:4] == [0, 1, 2, 3]
        assert len(running.history) >= 4
        spans = running.source.spans
        rests = [later[0] - earlier[1] for earlier, later in pairwise(spans)]
        assert rests == pytest.approx([0.01] * len(rests))


@leaping
async def test_the_rest_is_ten_times_the_cost():
    async with Running(Source(wall_ms=8), interval=0.001) as running:
        await running.until(lambda: len(running.told) >= 2)
        assert running.feed.delay == 0.08
        (_, ended), (began, _) = running.source.spans[:2]
        assert began - ended == pytest.approx(0.08)


@leaping
async def test_the_rest_begins_when_the_poll_has_ended():
    source = Source()
    source.held.clear()
    async with Running(source, interval=0.02) as running:
        await settle()
        await asyncio.sleep(0.05)
        assert source.running == 1
        source.held.set()
        await running.until(lambda: len(running.told) >= 2)
        assert source.spans[0] == pytest.approx((0, 0.05))
        assert source.spans[1][0] == pytest.approx(0.07)


@leaping
async def test_pause_poll_now_and_resume():
    async with Running(Source(), interval=0.001) as running:
        await running.until(lambda: running.told)
        running.feed.pause()
        assert running.feed.paused
        await settle()
        before = len(running.told)
        await asyncio.sleep(30)
        assert len(running.told) == before
        running.feed.poll_now()
        await running.until(lambda: len(running.told) == before + 1)
        await asyncio.sleep(30)
        assert len(running.told) == before + 1
        running.feed.resume()
        assert not running.feed.paused
        await running.until(lambda: len(running.told) >= before + 3)


@leaping
async def test_poll_now_cuts_the_rest_and_follows_a_poll_that_is_under_way():
    source = Source()
    async with Running(source, interval=1000) as running:
        await running.until(lambda: running.told == [0])
        source.held.clear()
        running.feed.poll_now()
        await settle()
        running.feed.poll_now()
        source.held.set()
        await running.until(lambda: running.told == [0, 1, 2])
        await settle()
        assert len(source.spans) == 3


@leaping
async def test_a_new_interval_counts_at_once():
    async with Running(Source(), interval=1000) as running:
        await running.until(lambda: running.told)
        running.feed.interval = 0.001
        assert running.feed.interval == 0.001
        await running.until(lambda: len(running.told) >= 3)


@leaping
async def test_a_poll_that_fails_is_told_and_the_feed_goes_on():
    source = Source()
    failure = DeadlinePassed("census", "too slow")
    source.failures = [failure]
    async with Running(source, interval=0.001) as running:
        await running.until(lambda: len(running.told) >= 2)
        assert running.told[0] is failure
        assert running.told[1] == 1


@leaping
async def test_the_end_of_the_target_ends_the_feed_even_while_it_rests():
    source = Source()
    async with Running(source, interval=1000) as running:
        await running.until(lambda: running.told)
        source.die()
        await asyncio.wait_for(running.task, PATIENCE_S)
        assert running.told == [0, "gone"]


@leaping
async def test_the_end_of_the_target_in_mid_poll_is_no_error_of_the_poll():
    source = Source()
    source.held.clear()
    async with Running(source) as running:
        await settle()
        source.die()
        await asyncio.wait_for(running.task, PATIENCE_S)
        assert running.told == ["gone"]


@leaping
async def test_a_session_that_we_closed_ends_the_feed_without_a_word():
    source = Source()
    async with Running(source, interval=0.001) as running:
        await running.until(lambda: running.told)
        source.closed = True
        await asyncio.wait_for(running.task, PATIENCE_S)
        assert "gone" not in running.told


@leaping
async def test_how_long_a_poll_waits_and_how_far_the_next_one_is():
    source = Source()
    source.held.clear()
    async with Running(source, interval=1000) as running:
        await asyncio.sleep(7)
        assert running.feed.silent_s == pytest.approx(7)
        assert running.feed.next_s == 0
        source.held.set()
        await running.until(lambda: running.told == [0])
        assert running.feed.silent_s == 0
        assert running.feed.next_s == pytest.approx(1000)
