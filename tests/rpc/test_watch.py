"""Watches over the wire: a real agent under every interpreter, undone however the session ends."""

import asyncio
import sys
import time
from typing import TYPE_CHECKING

import pytest

from memtui.agent import wire
from memtui.attach.bundle import payload
from memtui.model.errors import ProtocolError, ReadOnly, RequestFailed
from memtui.model.expression import WATCH_NAMES, parse
from memtui.rpc.session import Session
from memtui.runs.watching import WatchWish, watching
from memtui.verbs.census import census
from memtui.verbs.instances import instances
from memtui.verbs.unwatch import unwatch
from memtui.verbs.watch import watch
from memtui.verbs.watched import watched
from tests.support.attached import attached, row
from tests.support.known import known
from tests.support.scripted import ATTACHMENT, ScriptedAgent
from tests.support.streams import close_pipes
from tests.support.tampering import change

if TYPE_CHECKING:
    from memtui.verbs.watched import Call

#: The wrappers run inside of the application's Python.
pytestmark = pytest.mark.circle("python")

APP = """
import os, sys, threading

class Cart:
    pass

class Shop:
    def sell(self, user, count=1, carts=[Cart() for _ in range(123)]):
        if count < 0:
            raise ValueError("no stock")
        return {"user": user, "count": count}

def sell_all(rounds):
    for each in range(rounds):
        shop.sell("al", each)

shop, sell = Shop(), Shop.__dict__["sell"]
code = sell.__code__
"""
UNTOUCHED = """
tools = [sys.monitoring.get_tool(n) for n in range(6)] if hasattr(sys, "monitoring") else []
events = sys.monitoring.get_local_events(4, sell.__code__) if not all(tools) and "memtui" in tools else 0
print(Shop.__dict__["sell"] is sell and sell.__code__ is code and "memtui" not in tools and not events)
"""
TARGET = "__main__:Shop.sell"


def untouched(target):
    return target.execute(UNTOUCHED).strip() == "True"


def is_undone(target, seconds=60.0):
    end = time.monotonic() + seconds
    while not untouched(target):
        assert time.monotonic() < end, "it watches on"
    return True


@pytest.fixture
def app(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(APP)
    return target


async def test_calls_come_and_the_function_is_as_before(app):
    async with attached(app) as session:
        condition = parse("kwargs['count'] == 2 or args[1] < 0", WATCH_NAMES)
        found = await watch(session, TARGET, condition=condition)
        assert not untouched(app)
        # However long the first capture takes on this machine, the second is not dropped for it.
        change(app, "agent('watch.record')._BURST_NS = 10 ** 15")
        app.execute("sell_all(4)\ntry: shop.sell('bo', -1)\nexcept ValueError: pass")
        calls = await watched(session, found.number)
        assert (calls.seen, calls.matched, calls.active) == (5, 2, True)
        first, second = calls.calls
        assert [edge.edge for edge in first.value.children] == [
            "target",
            "args",
            "kwargs",
            "return_obj",
        ]
        assert first.value.children[3].node.preview == "{'user': 'al', 'count': 2}"
        assert (first.error, second.error) == (None, "ValueError: no stock")
        assert first.thread == "MainThread"
        assert abs(first.at - time.time()) < 60
        default = await instances(session, "list", where=parse("len(obj) == 123", ("obj",)))
        assert default.total == 1
        counted = await census(session)
        assert row(counted, "__main__.Cart")[0] == 123
        assert (await unwatch(session, found.number)).calls == ()
        assert untouched(app)
        with pytest.raises(RequestFailed, match="no watch"):
            await watched(session, found.number)
    assert app.errors() == ""


async def test_it_ends_with_the_session(app):
    async with attached(app) as session:
        await watch(session, TARGET)
        await watch(session, "__main__:sell_all")
    assert is_undone(app)


async def test_it_ends_by_itself_when_enough_was_shown(app):
    async with attached(app) as session:
        batches = watching(session, WatchWish(TARGET, limit=3))
        found: list[Call] = []
        async for each in batches:
            found += each.calls
            if each.active:
                app.execute("sell_all(9)")
        assert len(found) == 3
        assert untouched(app)


@pytest.mark.circle("internals")
async def test_a_forked_child_has_the_function_as_it_was(app):
    async with attached(app) as session:
        found = await watch(session, TARGET)
        said = app.execute(f"""
def child():
{"".join("    " + line + chr(10) for line in UNTOUCHED.splitlines())}
    sys.stdout.flush()
    shop.sell("child")
    os._exit(0)
pid = os.fork()
if not pid:
    child()
os.waitpid(pid, 0)
shop.sell("parent")
""")
        assert said.strip() == "True"
        calls = await watched(session, found.number)
        assert calls.seen == 1
        assert not untouched(app)
    assert is_undone(app)


VIEWER = f"""
import asyncio, sys
from memtui.attach.rendezvous import open_rendezvous
from memtui.verbs.watch import watch
from tests.support.attached import Session, Attachment

async def main():
    async with open_rendezvous(int(sys.argv[1])) as meeting:
        print(meeting.path_in_target, meeting.token, flush=True)
        reader, writer, _ = await meeting.accept(120)
    session = await Session.open(reader, writer, Attachment("handed", 0.0), timeout=120)
    await watch(session, {TARGET!r})
    print("WATCHING", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_it_ends_when_the_viewer_is_killed(app):
    viewer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", VIEWER, str(app.pid), stdout=asyncio.subprocess.PIPE
    )
    try:
        path, token = (await known(viewer.stdout).readline()).decode().split()
        app.execute(payload(path, token))
        assert await known(viewer.stdout).readline() == b"WATCHING\n"
        assert not untouched(app)
        app.execute("sell_all(1000)")
    finally:
        viewer.kill()
        await viewer.wait()
        close_pipes(viewer)
    assert is_undone(app)
    assert app.errors() == ""


@pytest.mark.circle("viewer")
async def test_nobody_asks_and_calls_are_dropped_not_queued(app):
    async with attached(app) as session:
        found = await watch(session, TARGET, expr=["name", "return_obj"])
        app.execute("sell_all(50000)")
        calls = await watched(session, found.number)
        assert calls.seen == calls.matched == 50000
        assert len(calls.calls) <= 256
        assert len(calls.calls) + calls.dropped == 50000


@pytest.mark.circle("viewer")
async def test_refusals(app):
    async with attached(app) as session:
        with pytest.raises(RequestFailed) as refused:
            await watch(session, "__main__:Shop.sel")
        assert (refused.value.code, refused.value.hint) == ("no-such-target", "near it: sell")
        with pytest.raises(RequestFailed) as refused:
            await watch(session, "posix:getpid")
        assert refused.value.code == "in-c"
        with pytest.raises(RequestFailed) as refused:
            await watch(session, TARGET, condition=["eval", "1"])
        assert refused.value.code == "bad-tree"
        for _ in range(5):
            await watch(session, TARGET)
    async with attached(app, read_only=True) as session:
        with pytest.raises(ReadOnly):
            await watch(session, TARGET)
    assert is_undone(app)


CALLS = {
    "calls": [],
    "active": True,
    "seen": 1,
    "matched": 1,
    "dropped": 0,
    "undecided": 0,
    "problem": {"code": "no-attribute", "facts": {"type": "a\x1b[31m", "name": "b"}},
    "notes": [{"code": "of a \u202e later agent", "facts": {}}],
}


async def answered(**changes):
    agent = ScriptedAgent(watched=lambda *_: {**CALLS, **changes})
    reader, writer = await agent.start()
    session = await Session.open(reader, writer, ATTACHMENT)
    try:
        return await watched(session, 1)
    finally:
        await session.close()
        agent.writer.close()
        await agent.task


async def test_text_is_safe():
    calls = await answered()
    assert calls.problem == r"this a\x1b[31m has no attribute b"
    assert calls.notes == (r"of a \u202e later agent",)


@pytest.mark.parametrize(
    "changes", [{"seen": -1}, {"calls": [{}]}, {"calls": 3}, {"notes": [1]}, {"problem": "a"}]
)
async def test_refuses_what_is_not_the_protocol(changes):
    assert wire.pack(changes)
    with pytest.raises(ProtocolError):
        await answered(**changes)
