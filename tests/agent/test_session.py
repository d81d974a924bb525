"""The agent's half of the protocol: what it answers to anything, and that it never hangs or dies."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memtui.agent import wire
from tests.support import circles
from tests.support.live import connect, live_session, said
from tests.support.streams import deafen
from tests.support.tampering import change, ending, never_ending
from tests.support.target import Target
from tests.support.traces import numbers, until

#: The protocol is the same code under every Python; one test is about threads.
pytestmark = pytest.mark.circle("viewer")

MANY = "many = [[] for _ in range(400000)]"
#: Slices so short that a census of ``MANY`` takes some tenths of a second on any machine.
SHORT = "agent('heap.walk')._SMALLEST = agent('heap.walk')._LARGEST = 50"


async def test_hello_comes_first_and_once(interpreter):
    async with live_session(interpreter) as (target, line):
        assert (await line.ask("census"))["error"]["code"] == "greeting"
        hello = await line.hello()
        assert hello["pid"] == target.pid
        assert hello["version"] == "0.0-test"
        assert (await line.ask("hello", protocol=1))["error"]["code"] == "greeting"


async def test_another_protocol_is_refused_with_both_numbers(interpreter):
    async with live_session(interpreter) as (_, line):
        error = (await line.ask("hello", protocol=99, version="9.9"))["error"]
        assert error["code"] == "protocol"
        why, hint = said(error)
        assert "99" in why
        assert str(wire.PROTOCOL) in why
        assert hint


@pytest.mark.parametrize(
    ("verb", "args", "code"),
    [
        ("nonsense", {}, "unknown-verb"),
        ("__class__", {}, "unknown-verb"),
        ("census", {"since": -1}, "bad-argument"),
        ("census", {"since": "1"}, "bad-argument"),
        ("census", {"other": 1}, "unknown-argument"),
        ("instances", {}, "missing-argument"),
        ("instances", {"type": "dict", "limit": 0}, "bad-argument"),
        ("instances", {"type": "dict", "limit": 201}, "bad-argument"),
        ("instances", {"type": "dict", "order": "random"}, "bad-argument"),
        ("instances", {"type": "dict", "depth": 7}, "bad-argument"),
        ("instances", {"type": "dict", "offset": False}, "bad-argument"),
        ("instances", {"type": "dict", "limit": None}, "bad-argument"),
        ("instances", {"type": None}, "bad-argument"),
        ("instances", {"type": ["dict"]}, "bad-argument"),
        ("instances", {"type": "dict", "offset": True}, "bad-argument"),
        ("expand", {"address": 1}, "stale"),
        ("expand", {"address": 1, "depth": 0}, "bad-argument"),
        ("referrers", {"addresses": 5}, "bad-argument"),
        ("referrers", {"addresses": [None]}, "bad-argument"),
        ("referrers", {"addresses": [1] * 201}, "bad-argument"),
        ("collect", {"generation": 3}, "bad-argument"),
    ],
)
async def test_wrong_requests_are_told_what_is_wrong(interpreter, verb, args, code):
    async with live_session(interpreter) as (target, line):
        await line.hello()
        answer = await line.ask(verb, **args)
        assert answer["error"]["code"] == code
        assert answer["error"]["code"] not in said(answer["error"])[0]
        assert set(answer["cost"]) == {"wall_us", "agent_us", "stall_us"}
        assert "ok" in await line.ask("collector")
        assert target.errors() == ""


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xff\xff\xff",
        b"\x40\x00\x00\x00" + b"x" * 100,
        wire.frame(b"\xc1"),
        wire.frame(b""),
        wire.frame(wire.pack([1, 2])),
        wire.frame(wire.pack({"id": 0, "verb": "census"})),
        wire.frame(wire.pack({"id": 1})),
        wire.frame(wire.pack({"id": 1, "verb": 7})),
        wire.frame(wire.pack({"id": 1, "verb": "census", "args": []})),
        wire.frame(wire.pack({"id": 1, "verb": "census", "deadline_ms": "soon"})),
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
async def test_what_is_no_protocol_ends_the_session(interpreter, data):
    async with live_session(interpreter) as (target, line):
        line.writer.write(data)
        message = await line.read()
        assert message["id"] == 0
        assert message["error"]["code"] == "garbled"
        assert said(message["error"])[0]
        assert await line.reader.read() == b""
        await until(lambda: len(numbers(target.pid, "task")) == 1)
        assert target.errors() == ""


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(frames=st.lists(st.binary(max_size=60), max_size=4), cut=st.integers(0, 5))
def test_garbage_harms_neither_the_target_nor_another_session(frames, cut):
    async def once():
        async with connect(target) as line:
            await line.hello()
            async with connect(target) as other:
                data = b"".join(map(wire.frame, frames)) + b"\0\0\0\x09half"[: 4 + cut]
                other.writer.write(data)
                await other.hang_up()
            await line.ok("collector")

    target = _garbage_target()
    asyncio.run(once())
    assert target.process.poll() is None
    assert target.errors() == ""


_targets: list[Target] = []


def _garbage_target():
    if not _targets:
        _targets.append(Target(circles.OWN))
    return _targets[0]


@pytest.fixture(autouse=True, scope="module")
def _end_targets():
    yield
    for target in _targets:
        target.stop()


async def test_half_a_frame_waits_for_the_other_half(interpreter):
    async with live_session(interpreter) as (_, line):
        await line.hello()
        data = wire.frame(wire.pack({"id": 7, "verb": "collector", "args": {}}))
        for index in range(len(data)):
            line.writer.write(data[index : index + 1])
            await line.writer.drain()
        assert (await line.read())["id"] == 7


@pytest.mark.circle("python")
async def test_cancel_ends_a_running_request(interpreter, spawn):
    target = spawn(interpreter)
    target.execute("many = [[] for _ in range(1000)]")
    async with connect(target) as line:
        await line.hello()
        never_ending(target)
        running, waiting = line.send("census"), line.send("census")
        progress = await line.read()
        assert (progress["id"], progress["progress"]["phase"]) == (running, "counting")
        cancels = [line.send("cancel", id=number) for number in (running, waiting, 99)]
        answers = await line.answers(running, waiting, *cancels)
        assert answers[running]["error"]["code"] == "cancelled"
        assert answers[waiting]["error"]["code"] == "cancelled"
        assert [answers[each]["ok"]["cancelled"] for each in cancels] == [True, True, False]
        ending(target)
        census = await line.ok("census")
        assert census["counts"][census["names"].index("list")] > 1000


async def test_a_deadline_ends_a_request(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(MANY)
    async with connect(target) as line:
        await line.hello()
        assert (await line.ask("census", deadline_ms=1))["error"]["code"] == "deadline"
        assert "ok" in await line.ask("census", deadline_ms=60000)


async def test_progress_is_told_ten_times_a_second(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(MANY)
    async with connect(target) as line:
        await line.hello()
        change(target, SHORT)
        answer = await line.ask("census")
        assert answer["ok"]["counts"]
        assert line.progress
        assert len(line.progress) <= answer["cost"]["wall_us"] / 100000 + 1
        done = [each["done"] for each in line.progress]
        assert done == sorted(done)
        assert all(0 <= each["done"] <= each["total"] for each in line.progress)
        assert done[-1] > 0
        assert {each["phase"] for each in line.progress} == {"counting"}


async def test_requests_are_answered_in_order_and_too_many_are_refused(interpreter):
    async with live_session(interpreter) as (_, line):
        await line.hello()
        sent = [line.send("collector") for _ in range(10)]
        assert [(await line.read())["id"] for _ in sent] == sent
        for _ in range(200):
            line.send("census")
        codes = set()
        for _ in range(200):
            message = await line.read()
            if "error" in message:
                codes.add(message["error"]["code"])
        assert codes <= {"busy"}


async def test_a_viewer_that_does_not_read_keeps_nobody_waiting(interpreter, spawn):
    target = spawn(interpreter, "shapes.py")
    target.execute("class Wide: pass\nwides = [[Wide() for _ in range(200)] for _ in range(50)]")
    async with connect(target) as line:
        await line.hello()
        async with connect(target) as deaf:
            await deaf.hello()
            # Whoever waits for it waits in vain.
            change(target, "agent('serving.session')._PATIENCE_NS = 10**18")
            deafen(deaf.writer)
            for _ in range(300):
                deaf.send("instances", type="__main__.Wide", depth=1)
            for _ in range(5):
                await asyncio.wait_for(line.ok("collector"), 60)
    await until(lambda: len(numbers(target.pid, "task")) == 1)


async def test_costs_are_told(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(MANY)
    async with connect(target) as line:
        await line.hello()
        cost = (await line.ask("census"))["cost"]
        assert 0 < cost["agent_us"] <= cost["wall_us"]
        assert 0 < cost["stall_us"] <= cost["wall_us"]


async def test_memory_that_is_not_there_is_told(interpreter, spawn):
    target = spawn(interpreter)
    async with connect(target) as line:
        await line.hello()
        # No room for the list of a million objects.
        target.execute(
            "import resource\nmany = [[] for _ in range(1000000)]\n"
            "used = int(open('/proc/self/statm').read().split()[5]) * resource.getpagesize()\n"
            "resource.setrlimit(resource.RLIMIT_DATA, (used + (1 << 20), -1))"
        )
        assert (await line.ask("census"))["error"]["code"] == "no-headroom"
        target.execute("resource.setrlimit(resource.RLIMIT_DATA, (-1, -1))")
        assert "ok" in await line.ask("census")
    assert target.errors() == ""


_COUNTED = """
server, session, pace = agent("serving.server").Server, agent("serving.session").ServedSession, agent("heap.pace")
pace._PAUSE_S = 0.02
looks, steps = [], []
def look(self, patience, plain=server._look): looks.append(1); plain(self, patience)
def step(self, plain=session.step): steps.append(1); plain(self)
server._look, session.step = look, step
"""
_TOLD = """
import sys
server, session = agent("serving.server").Server, agent("serving.session").ServedSession
print(len(server._look.__globals__["looks"]), len(session.step.__globals__["steps"]), file=sys.stderr)
"""


async def test_a_crowd_is_waited_for_now_and_then_only(interpreter):
    """Where every pause costs the turns of all other threads, work goes on in between."""
    async with live_session(interpreter) as (target, line):
        target.execute(MANY)
        await line.hello()
        change(target, SHORT)
        change(target, _COUNTED)
        assert (await line.ok("census"))["counts"]
        change(target, _TOLD)
        looks, steps = map(int, target.errors().split())
        assert 0 < looks < steps / 10
