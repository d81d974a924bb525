"""A session with the real agent, in a real process, under every interpreter found."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from memtui.model import errors
from memtui.rpc import client as client_module
from memtui.store.feed import Feed
from memtui.store.history import History
from memtui.verbs.census import census
from memtui.verbs.collect import collect
from memtui.verbs.collector import collector
from memtui.verbs.expand import expand
from memtui.verbs.instances import instances
from memtui.verbs.referrers import referrers
from memtui.verbs.release import release
from tests.support.attached import attached, row
from tests.support.known import known
from tests.support.tampering import ending, never_ending
from tests.support.traces import until

#: How a real agent answers depends on the Python that it runs in.
pytestmark = pytest.mark.circle("python")

INNER = """
class Outer:
    class Inner(object):
        pass
kept = [Outer.Inner() for _ in range(%d)]
"""
MANY = "many = [[] for _ in range(100000)]"


async def test_the_greeting_says_who_answers(interpreter, spawn):
    target = spawn(interpreter)
    async with attached(target) as session:
        assert session.hello.python == "{}.{}.{}".format(*interpreter.version)
        assert session.hello.implementation == "cpython"
        assert session.hello.free_threaded == interpreter.free_threaded
        assert (session.hello.pid, session.pid) == (target.pid, target.pid)
        assert os.path.samefile(session.hello.executable, interpreter.path)
        assert not session.hello.joined
        assert not session.read_only


async def test_counts_are_exact_and_follow_the_target(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(INNER % 12345)
    async with attached(target) as session:
        first = await census(session)
        count, size = row(first, "__main__.Outer.Inner")
        assert count == 12345
        assert size >= 12345 * 16
        target.execute("del kept[5:]\nnew_type = type('Later', (), {})\nlater = new_type()")
        second = await census(session)
        assert row(second, "__main__.Outer.Inner")[0] == 5
        assert row(second, "__main__.Later")[0] == 1
        assert second.names[: len(first.names)] == first.names
        target.execute("del kept")
        third = await census(session)
        assert row(third, "__main__.Outer.Inner") == (0, 0)
        assert first.at < second.at < third.at
        assert third.cost.agent_ms > 0
        assert session.total_cost.agent_ms > third.cost.agent_ms
        assert session.total_cost.longest_stall_ms >= third.cost.longest_stall_ms


async def test_requests_leave_no_object_behind_even_without_the_collector(interpreter, spawn):
    target = spawn(interpreter)
    target.execute("import gc; gc.disable()\n" + INNER % 100)
    look = "print(len(gc.get_objects()))"
    async with attached(target) as session:
        looks = []
        for rounds in (3, 100):
            for _ in range(rounds):
                await census(session)
                await instances(session, "__main__.Outer.Inner", limit=5, depth=1)
                await release(session)
                await collector(session)
            looks.append(int(target.execute(look)))
        # The agent's loop is somewhere else at each look; one object left by a request were 100.
        assert looks[1] - looks[0] < 80


async def test_two_sessions_share_an_agent_and_neither_sees_the_other(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(INNER % 100)
    async with attached(target) as first:
        async with attached(target) as second:
            assert (first.hello.joined, second.hello.joined) == (False, True)
            one, two = await asyncio.gather(census(first), census(second))
            assert row(one, "__main__.Outer.Inner") == row(two, "__main__.Outer.Inner")
            page = await instances(first, "__main__.Outer.Inner", limit=3)
            with pytest.raises(errors.RequestFailed) as caught:
                await expand(second, page.instances[0].address)
            assert caught.value.code == "stale"
        assert row(await census(first), "__main__.Outer.Inner")[0] == 100
        await expand(first, page.instances[0].address)


async def test_a_census_can_be_cancelled_midway(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(MANY)
    async with attached(target) as session:
        never_ending(target)
        steps = []

        def stop_at_first(*step):
            steps.append(step)
            task.cancel()

        task = asyncio.create_task(census(session, progress=stop_at_first))
        with pytest.raises(asyncio.CancelledError):
            await task
        # Others may have come with it, before the task had its turn.
        (phase, done, total), *_ = steps
        assert phase
        assert 0 <= done < total
        assert total >= 100_000
        ending(target)
        counted = await census(session)
        assert row(counted, "list")[0] >= 100_000


async def test_a_deadline_ends_a_census_in_the_target(interpreter, spawn, monkeypatch):
    # The viewer's own deadline, a little later, is another matter.
    monkeypatch.setattr(client_module, "GRACE_S", 60)
    target = spawn(interpreter)
    target.execute(MANY)
    async with attached(target) as session:
        never_ending(target)
        with pytest.raises(errors.DeadlinePassed, match="not done within 1 ms"):
            await census(session, timeout=0.001)
        ending(target)
        assert row(await census(session), "list")[0] >= 100_000


async def test_pages_show_every_instance_once(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(INNER % 1000)
    async with attached(target) as session:
        seen = []
        for offset in range(0, 1000, 200):
            page = await instances(session, "__main__.Outer.Inner", offset=offset, limit=200)
            assert (page.type, page.total, page.offset) == ("__main__.Outer.Inner", 1000, offset)
            assert len(page.instances) == 200
            seen += [node.address for node in page.instances]
        assert len(set(seen)) == 1000
        truth = target.execute("print(*map(id, kept))")
        assert set(map(int, truth.split())) == set(seen)
        beyond = await instances(session, "__main__.Outer.Inner", offset=5000)
        assert (beyond.total, beyond.instances) == (1000, ())


@pytest.mark.circle("viewer")
async def test_a_type_that_is_not_there_is_named(interpreter, spawn):
    async with attached(spawn(interpreter)) as session:
        with pytest.raises(errors.RequestFailed) as caught:
            await instances(session, "no.such.\x1bType")
        assert caught.value.code == "no-such-type"
        assert str(caught.value).isprintable()
        assert not session.closed


async def test_hostile_names_are_safe_and_still_found(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(
        "evil = type('Ev\\x1b]0;il\\x07\\u202e', (), {})\n"
        "class odd(object): pass\nodd.__qualname__ = 'lone\\ud800'\n"
        "kept = [evil() for _ in range(7)] + [odd() for _ in range(3)]\n"
        "kept[0].attribute = {'key\\x1b[2J': '\\x9bvalue'}"
    )
    async with attached(target) as session:
        counted = await census(session)
        assert all(name.isprintable() for name in counted.names)
        name = r"__main__.Ev\x1b]0;il\x07\u202e"
        assert row(counted, name)[0] == 7
        page = await instances(session, name, depth=3)
        assert (page.type, page.total) == (name, 7)
        assert all(text.isprintable() for node in page.instances for text in texts_of(node))
        [odd] = [each for each in counted.names if each.startswith("__main__.lone")]
        assert row(counted, odd)[0] == 3
        assert (await instances(session, odd)).total == 3


def texts_of(node):
    yield node.type
    yield node.preview
    for edge in node.children:
        yield edge.edge
        yield from texts_of(edge.node)


async def test_an_object_is_expanded_and_its_referrers_counted(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(
        "class Cart(object):\n    def __init__(self): self.items = ['a', 'bb', 3]\n"
        "cart = Cart(); holders = [[cart], [cart], (cart,)]"
    )
    async with attached(target) as session:
        page = await instances(session, "__main__.Cart")
        [node] = page.instances
        assert node.expandable
        expansion = await expand(session, node.address, depth=2)
        edges = {str(edge.edge): edge.node for edge in expansion.node.children}
        items = edges[".items"]
        assert (items.type, items.length) == ("list", 3)
        assert [(edge.edge, edge.node.type) for edge in items.children] == [
            ("[0]", "str"),
            ("[1]", "str"),
            ("[2]", "int"),
        ]
        counts = await referrers(session, [node.address])
        # Three holders and the module, whose dictionary the free-threaded 3.13 does not track.
        assert counts[node.address] == (3 if interpreter.free_threaded else 4)
        await release(session)
        with pytest.raises(errors.RequestFailed) as caught:
            await expand(session, node.address)
        assert caught.value.code == "stale"


async def test_a_collection_frees_cycles_and_is_refused_to_readers(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(
        "import gc; gc.disable()\n"
        "class Knot(object):\n    def __init__(self): self.me = self\n"
        "for _ in range(5000): Knot()\n"
        "heavy = Knot(); heavy.weight = bytearray(b'x' * (40 << 20)); del heavy"
    )
    async with attached(target, read_only=True) as reader:
        assert reader.read_only
        with pytest.raises(errors.ReadOnly):
            await collect(reader)
    async with attached(target) as session:
        got = await collect(session)
        freed = {str(each.type): each for each in got.freed}
        assert freed["__main__.Knot"].count == 5001
        assert freed["__main__.Knot"].size > 0
        assert got.collected >= 5000
        # The free-threaded build's allocator gives memory back when it sees fit.
        assert (
            known(got.rss_before) - known(got.rss_after)
            > (-100 if interpreter.free_threaded else 30) << 20
        )
        assert got.pause > 0
        assert got.generation == 2
        assert not got.state.enabled
        assert row(await census(session), "__main__.Knot")[0] == 0


async def test_the_collector_is_what_the_target_says(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(
        "import gc; gc.set_threshold(701, 11, 12); gc.callbacks.append(print and (lambda *_: 0))"
    )
    async with attached(target) as session:
        state = await collector(session)
        truth = target.execute(
            "print(gc.isenabled(), *gc.get_threshold(), gc.get_freeze_count(), len(gc.callbacks))"
        ).split()
        assert truth == [
            str(state.enabled),
            *(str(generation.threshold) for generation in state.generations),
            str(state.frozen),
            str(state.callbacks),
        ]


async def test_after_close_no_agent_is_left(interpreter, spawn):
    target = spawn(interpreter)
    async with attached(target) as session:
        await census(session)
        assert len(os.listdir(f"/proc/{target.pid}/task")) > 1
    assert session.closed
    assert not session.gone.is_set()
    await until(lambda: len(os.listdir(f"/proc/{target.pid}/task")) == 1)
    assert target.execute("import sys; print(hasattr(sys, '_memtui_agent'))") == "False\n"


@pytest.mark.circle("viewer")
async def test_a_target_that_dies_in_mid_census(interpreter, spawn):
    target = spawn(interpreter)
    async with attached(target) as session:
        never_ending(target)
        kill = lambda *_: target.process.kill()  # noqa: E731
        with pytest.raises(errors.TargetGone, match=f"process {target.pid} ended"):
            await census(session, progress=kill)
        assert session.gone.is_set()


def states(pid):
    """The letter of ps(1) of each thread."""
    stats = Path(f"/proc/{pid}/task").glob("*/stat")
    return [stat.read_text().rpartition(")")[2].split()[0] for stat in stats]


@pytest.mark.circle("viewer")
async def test_a_stopped_target_is_said_to_be_and_goes_on_later(interpreter, spawn, monkeypatch):
    monkeypatch.setattr(client_module, "GRACE_S", 0.1)
    target = spawn(interpreter)
    async with attached(target) as session:
        os.kill(target.pid, signal.SIGSTOP)
        # Each thread stops when it gets a processor next.
        await until(lambda: set(states(target.pid)) == {"T"})
        with pytest.raises(errors.TargetStopped, match="is stopped: it was sent SIGSTOP"):
            await census(session, timeout=0.1)
        os.kill(target.pid, signal.SIGCONT)
        assert (await census(session)).objects > 1000


@pytest.mark.circle("viewer")
async def test_a_feed_on_a_live_target_measures_its_growth(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(INNER % 10)
    history = History()
    news: asyncio.Queue[object] = asyncio.Queue()
    async with attached(target) as session:
        feed = Feed(
            session,
            history,
            interval=0.02,
            on_census=lambda _: news.put_nowait("census"),
            on_error=news.put_nowait,
            on_gone=lambda: news.put_nowait("gone"),
        )
        task = asyncio.create_task(feed.run())
        async with asyncio.timeout(60):
            assert await news.get() == "census"
            mark = history.mark()
            await asyncio.to_thread(target.execute, "kept += [Outer.Inner() for _ in range(990)]")
            while row(known(history.latest), "__main__.Outer.Inner")[0] != 1000:
                assert await news.get() == "census"
            growth = known(history.growth(mark))
            index = growth.names.index("__main__.Outer.Inner")
            assert (growth.counts[index], growth.count_deltas[index]) == (1000, 990)
            assert history.trend("__main__.Outer.Inner")[-1] == 1000
            target.process.kill()
            while (what := await news.get()) == "census":
                pass
            assert what == "gone"
            await task
