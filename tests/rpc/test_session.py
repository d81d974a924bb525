"""A session against an agent that is scripted: what is asked, and what comes of the answers."""

import asyncio
import os

import pytest

import memtui
from memtui.agent import wire
from memtui.model import errors
from memtui.model.cost import Cost
from memtui.rpc import client as client_module
from memtui.rpc.session import Session
from memtui.verbs.census import census
from memtui.verbs.collect import collect
from memtui.verbs.collector import collector
from memtui.verbs.expand import expand
from memtui.verbs.instances import instances
from memtui.verbs.referrers import referrers
from memtui.verbs.release import release
from tests.support.scripted import (
    ATTACHMENT,
    GC_STATE,
    GREETING,
    NODE,
    Answer,
    ScriptedAgent,
    census_answer,
    scripted_session,
)


async def test_open_greets_and_close_says_goodbye():
    async with scripted_session() as (session, agent):
        request = await agent.seen("hello")
        assert request["args"] == {
            "protocol": wire.PROTOCOL,
            "version": memtui.__version__,
            "read_only": False,
        }
        assert session.hello.python == "3.11.7"
        assert session.attachment is ATTACHMENT
        assert session.pid == os.getpid()
        assert not session.closed
        await session.close()
        assert session.closed
        assert not session.gone.is_set()
        assert [request["verb"] for request in agent.requests] == ["hello", "stop"]
        with pytest.raises(errors.MemtuiError, match="session was closed"):
            await collector(session)
        await session.close()


async def test_a_greeting_of_another_protocol_is_refused():
    agent = ScriptedAgent(hello=lambda *_: GREETING | {"protocol": 99})
    reader, writer = await agent.start()
    with pytest.raises(errors.ProtocolError, match=f"speaks 99, this viewer {wire.PROTOCOL}"):
        await Session.open(reader, writer, ATTACHMENT)
    assert writer.is_closing()
    agent.hang_up()
    await agent.task


async def test_a_silent_agent_passes_the_deadline_of_open(monkeypatch):
    monkeypatch.setattr(client_module, "GRACE_S", 0.01)
    agent = ScriptedAgent(hello=lambda *_: None, stop=lambda *_: None)
    reader, writer = await agent.start()
    with pytest.raises(errors.DeadlinePassed, match=r"within 0\.05 s"):
        await Session.open(reader, writer, ATTACHMENT, timeout=0.05)
    agent.hang_up()
    await agent.task


async def test_censuses_share_their_names_and_extend_them():
    answers = [
        census_answer(["dict", "shop.\x1bCart"], [5, 6], [50, 60], at=1.5, frozen=3, own=2),
        census_answer([], [7, 0], [70, 0]),
        census_answer(["list"], [7, 0, 1], [70, 0, 56]),
    ]
    async with scripted_session(census=lambda *_: answers.pop(0)) as (session, agent):
        one, two, three = [await census(session) for _ in range(3)]
        assert [request["args"]["since"] for request in agent.of("census")] == [0, 2, 2]
    assert list(one.names) == ["dict", r"shop.\x1bCart"]
    assert list(one.counts) == [5, 6]
    assert list(one.sizes) == [50, 60]
    assert (one.at, one.frozen, one.own) == (1.5, 3, 2)
    assert (one.objects, one.size) == (11, 110)
    assert two.names is one.names
    assert three.names == ("dict", r"shop.\x1bCart", "list")
    assert one.cost == Cost(2.0, 1.5, 0.5)


async def test_censuses_asked_at_once_take_turns():
    answers = [census_answer(["a"], [1], [1]), census_answer(["b"], [1, 2], [1, 2])]
    async with scripted_session(census=lambda *_: answers.pop(0)) as (session, _):
        one, two = await asyncio.gather(census(session), census(session))
    assert (one.names, two.names) == (("a",), ("a", "b"))


async def test_costs_are_summed_with_the_longest_stall():
    async with scripted_session(collector=lambda *_: GC_STATE) as (session, _):
        state = await collector(session)
        assert session.last_cost == state.cost == Cost(2.0, 1.5, 0.5)
        assert session.total_cost == Cost(4.0, 3.0, 0.5)


async def test_a_page_is_decoded_with_safe_text():
    page = {"type": "shop.Cart", "total": 9, "offset": 3, "order": "oldest", "instances": [NODE]}
    async with scripted_session(instances=lambda *_: page) as (session, agent):
        got = await instances(session, "shop.Cart", offset=3, limit=1, order="oldest", depth=1)
        assert (
            agent.of("instances")[0]["args"].items()
            >= {
                "type": "shop.Cart",
                "offset": 3,
                "limit": 1,
                "order": "oldest",
                "depth": 1,
            }.items()
        )
    assert (got.type, got.total, got.offset, got.order, got.frozen) == (
        "shop.Cart",
        9,
        3,
        "oldest",
        0,
    )
    [node] = got.instances
    assert (node.preview, node.length, node.truncated) == (r"\x1b[2Jhi", 3, True)
    assert (node.hidden, node.expandable, node.address) == (7, True, 0x7F00)
    [edge] = node.children
    assert edge.edge == r"['\u202ekey']"
    assert (edge.node.type, edge.node.referrers) == ("int", 4)


async def test_a_type_is_asked_for_as_the_agent_spells_it():
    page = {"type": "x.\x1bA", "total": 0, "offset": 0, "order": "largest", "instances": []}
    answers = {
        "census": lambda *_: census_answer(["x.\x1bA", r"x.\x1bA"], [1, 1], [1, 1]),
        "instances": lambda *_: page,
    }
    async with scripted_session(**answers) as (session, agent):
        counted = await census(session)
        assert counted.names == (r"x.\x1bA", r"x.\x1bA (2)")
        for name in counted.names:
            await instances(session, name)
        # As records have it.
        page_of = await instances(session, counted.names[0])
        await instances(session, page_of.type)
        asked = [request["args"]["type"] for request in agent.of("instances")]
    assert asked == ["x.\x1bA", r"x.\x1bA", "x.\x1bA", "x.\x1bA"]


async def test_expand_referrers_release():
    answers: dict[str, Answer] = {
        "expand": lambda *_: {"offset": 200, "node": NODE},
        "referrers": lambda _, request: {"counts": [a * 2 for a in request["args"]["addresses"]]},
        "release": lambda *_: {},
    }
    async with scripted_session(**answers) as (session, agent):
        expansion = await expand(session, 0x7F00, depth=2, offset=200, limit=50)
        assert (expansion.offset, expansion.node.address) == (200, 0x7F00)
        assert agent.of("expand")[0]["args"] == {
            "address": 0x7F00,
            "depth": 2,
            "offset": 200,
            "limit": 50,
        }
        assert await referrers(session, [3, 1, 3]) == {3: 6, 1: 2}
        assert await referrers(session, []) == {}
        await release(session)
        assert agent.of("release")


async def test_collect_measures_rss_on_this_side():
    answer = {
        "at": 5_000_000,
        "generation": 1,
        "collected": 12,
        "uncollectable": 0,
        "pause": 1500,
        "freed": [["dict", 3, 700], ["x.\x07", -1, -56]],
        "state": GC_STATE,
    }
    async with scripted_session(collect=lambda *_: answer) as (session, _):
        got = await collect(session, 1)
    assert got.rss_before is not None
    assert got.rss_before > 1 << 20
    assert got.rss_after is not None
    assert (got.at, got.generation, got.collected, got.pause) == (5.0, 1, 12, 1.5)
    assert [(f.type, f.count, f.size) for f in got.freed] == [
        ("dict", 3, 700),
        (r"x.\x07", -1, -56),
    ]
    assert got.state.generations[0].threshold == 700
    assert (got.state.frozen, got.state.callbacks) == (5, 2)
