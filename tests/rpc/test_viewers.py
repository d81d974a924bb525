"""Several viewers on one target: one agent, and none of them harms another."""

from __future__ import annotations

import asyncio
import os
import select
from pathlib import Path
from typing import Any

import pytest

from memtui.agent import wire
from memtui.model import errors
from memtui.model.attachment import Attachment
from memtui.rpc.session import Session
from memtui.verbs.census import census
from memtui.verbs.collect import collect
from memtui.verbs.collector import collector
from memtui.verbs.expand import expand
from memtui.verbs.instances import instances
from memtui.verbs.referrers import referrers
from tests.support.attached import attached
from tests.support.known import known
from tests.support.live import connect, said
from tests.support.streams import deafen
from tests.support.tampering import change
from tests.support.target import PATIENCE_S
from tests.support.waiting import until

#: Threads and locks of the agent's Python serve them all.
pytestmark = pytest.mark.circle("python")

VIEWERS = 8
#: Answers of some MiB: a few of them are more than a socket holds.
WIDE = """
class A: pass
kept = [A() for _ in range(300)]
x = 'x' * 120
for a in kept: a.__dict__.update(('%s%d' % (x, n), x) for n in range(30))
"""


def threads(target) -> int:
    return len(os.listdir(f"/proc/{target.pid}/task"))


async def test_eight_at_once_share_one_agent(interpreter, spawn):
    """Each has its own page, its own names and its own answers, in whatever order they come."""
    target = spawn(interpreter)
    target.execute(
        "kinds = [type('T%d' % n, (), {}) for n in range(8)]\n"
        "kept = [kind() for n, kind in enumerate(kinds) for _ in range(100 + n)]"
    )

    async def view(number: int) -> bool:
        name = f"__main__.T{number}"
        async with attached(target) as session:
            for _ in range(3):
                counted = await census(session)
                counts = dict(zip(counted.names, counted.counts, strict=True))
                assert all(counts[f"__main__.T{n}"] == 100 + n for n in range(8))
                page = await instances(session, name, limit=5)
                assert page.total == 100 + number
                node = page.instances[number % 5]
                shown = await expand(session, node.address)
                assert shown.node.type == name
                assert await referrers(session, [node.address]) == {node.address: 1}
            assert threads(target) == 2
            return session.hello.joined

    joined = []

    async def come(number: int) -> None:
        # The target is told of one viewer after the other, and serves all of them at once.
        joined.append(await view(number))

    async with attached(target):
        await asyncio.gather(*map(come, range(VIEWERS - 1)))
    assert joined == [True] * (VIEWERS - 1)
    until(lambda: threads(target) == 1)
    assert target.execute("import sys; print(hasattr(sys, '_memtui_agent'))") == "False\n"


async def test_a_slow_viewer_harms_nobody_and_is_dropped(interpreter, spawn):
    """It asks and does not read.  The others are served; what waits for it is bounded."""
    target = spawn(interpreter)
    target.execute(WIDE)
    async with attached(target) as session, connect(target) as slow:
        await slow.hello()
        # Whoever waits for the slow one waits in vain, until it is time to drop it.
        change(target, "agent('serving.session')._PATIENCE_NS = 10**18")
        deafen(slow.writer)
        resident = known(session._peer.rss())
        asked: dict[str, Any] = {"type": "__main__.A", "limit": 200, "depth": 2}
        for _ in range(30):
            slow.send("instances", **asked)
            assert (await collector(session, timeout=PATIENCE_S)).generations
        assert (await census(session, timeout=PATIENCE_S)).objects > 1000
        assert known(session._peer.rss()) - resident < 64 << 20
        assert threads(target) == 2
        change(target, "agent('serving.session')._PATIENCE_NS = 10**9")
        await asyncio.wait_for(_dropped(slow), PATIENCE_S)
        assert (await census(session, timeout=PATIENCE_S)).objects > 1000
    until(lambda: threads(target) == 1)
    assert not target.errors()


async def _dropped(slow) -> None:
    """Until the agent has hung up; still nothing is read."""
    connection = slow.writer.get_extra_info("socket")
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLHUP)
    while not poll.poll(0):
        await asyncio.sleep(0.01)


# --- versions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", [wire.PROTOCOL + 1, 0, 1 << 40])
async def test_another_protocol_is_refused_and_nobody_else(interpreter, spawn, protocol):
    target = spawn(interpreter)
    async with attached(target) as session, connect(target) as other:
        answer = await other.ask("hello", protocol=protocol, version="99.0", read_only=False)
        assert answer["error"]["code"] == "protocol"
        why, hint = said(answer["error"])
        assert str(protocol) in why
        assert session.hello.version in hint
        # It may still be greeted in a protocol that both speak.
        assert (await other.hello())["version"] == session.hello.version
        assert (await census(session)).names


async def test_another_version_of_the_same_protocol_is_served(interpreter, spawn):
    """The agent is that of the first viewer, whatever the second brought; it says so."""
    target = spawn(interpreter)
    async with connect(target) as first, connect(target) as second:
        args = {"protocol": wire.PROTOCOL, "read_only": False}
        assert (await first.ok("hello", version="1.2.3", **args))["version"] == "1.2.3"
        greeting = await second.ok("hello", version="9.9.9", **args)
        assert (greeting["version"], greeting["joined"]) == ("1.2.3", True)
        assert (await second.ok("census", since=0))["names"]
        # A verb or an argument of its time, which this agent does not know.
        assert (await second.ask("levitate"))["error"]["code"] == "unknown-verb"
        assert (await second.ask("census", colour=1))["error"]["code"] == "unknown-argument"
        assert (await second.ok("collector"))["generations"]


@pytest.mark.circle("viewer")
async def test_a_viewer_of_another_protocol_says_so(interpreter, spawn, monkeypatch):
    """The whole way: its Session ends with an error that names both, and the target goes on."""
    target = spawn(interpreter)
    async with attached(target) as session:
        async with connect(target) as line:
            monkeypatch.setattr(wire, "PROTOCOL", 7)
            attachment = Attachment("handed", 0.0)
            with pytest.raises(errors.MemtuiError, match="protocol 3, the viewer 7") as caught:
                await Session.open(line.reader, line.writer, attachment)
            assert "quit its viewers first" in caught.value.hint
            monkeypatch.undo()
        assert (await census(session)).names


# --- read only ----------------------------------------------------------------------------------------

CHANGING: dict[str, dict[str, Any]] = {
    "collect": {"generation": 2},
    "watch": {"target": "__main__:served"},
    "allocations": {"do": "start", "depth": 1, "budget": 1 << 20, "milliseconds": 1000},
}


@pytest.mark.parametrize("verb", CHANGING)
async def test_a_read_only_session_changes_nothing(interpreter, spawn, verb):
    """Refused by the agent: no viewer can talk it out of that, though another session may."""
    target = spawn(interpreter)
    target.execute("def served(): return 1\noriginal, code = served, served.__code__\nimport gc")
    look = (
        "import tracemalloc; print(served is original, served.__code__ is code, "
        "tracemalloc.is_tracing(), gc.get_stats()[2]['collections'])"
    )
    target.execute("gc.disable()")
    before = target.execute(look)
    async with connect(target) as reader, attached(target) as writer:
        assert (await reader.hello(read_only=True))["read_only"]
        answer = await reader.ask(verb, **CHANGING[verb])
        assert answer["error"]["code"].startswith("read-only")
        assert target.execute(look) == before
        # A second greeting does not lift it.
        again = await reader.ask("hello", protocol=wire.PROTOCOL, version="1", read_only=False)
        assert again["error"]["code"] == "greeting"
        assert (await reader.ask(verb, **CHANGING[verb]))["error"]["code"].startswith("read-only")
        assert (await reader.ok("census"))["names"]
        assert not writer.read_only
        await collect(writer, 0)
    until(lambda: threads(target) == 1)
    assert Path(f"/proc/{target.pid}").exists()
