"""A session against an agent that refuses, is slow, lies or hangs up, and viewers that change their mind."""

import asyncio
import gc
import os

import pytest

from memtui.agent import wire
from memtui.model import errors
from memtui.model.cost import Cost
from memtui.rpc import client as client_module
from memtui.rpc import session as session_module
from memtui.rpc.session import Session
from memtui.verbs.census import census
from memtui.verbs.collector import collector
from memtui.verbs.expand import expand
from memtui.verbs.lengths import lengths
from memtui.verbs.referrers import referrers
from tests.support.known import known
from tests.support.scripted import (
    ATTACHMENT,
    GC_STATE,
    NODE,
    Answer,
    ScriptedAgent,
    census_answer,
    refuse,
    scripted_session,
    silent,
)
from tests.support.streams import deafen


@pytest.mark.parametrize(
    ("code", "kind", "exit_code"),
    [
        ("protocol", errors.ProtocolError, 1),
        ("unknown-verb", errors.ProtocolError, 1),
        ("bad-argument", errors.RequestFailed, 1),
        ("no-such-type", errors.RequestFailed, 1),
        ("stale", errors.RequestFailed, 1),
        ("read-only", errors.ReadOnly, 6),
        ("deadline", errors.DeadlinePassed, 1),
        ("cancelled", errors.Cancelled, 130),
        ("busy", errors.RequestFailed, 1),
        ("no-headroom", errors.NoHeadroom, 6),
        ("failed", errors.RequestFailed, 1),
        ("of-tomorrow", errors.RequestFailed, 1),
    ],
)
async def test_refusals_become_exceptions(code, kind, exit_code):
    answers = {"collector": refuse(code, type="a\x1b", error="b\x07"), "census": refuse(code)}
    async with scripted_session(**answers) as (session, _):
        with pytest.raises(kind) as caught:
            await collector(session)
        assert type(caught.value) is kind
        assert str(caught.value).startswith("collector: ")
        assert caught.value.why.isprintable()
        assert caught.value.hint.isprintable()
        assert caught.value.exit_code == exit_code
        if kind is errors.RequestFailed:
            assert caught.value.code == code
        with pytest.raises(kind) as caught:
            await census(session)
        assert caught.value.hint
        assert session.last_cost == Cost(2.0, 1.5, 0.5)
        assert not session.closed


async def test_progress_is_passed_on_and_a_failing_listener_gets_its_error_back():
    async def slow(agent, request):
        for done in (0, 50, 100):
            step = {"phase": "count\x1bing", "done": done, "total": 100}
            agent.send({"id": request["id"], "progress": step})
        if len(agent.of("census")) == 2:
            await agent.seen("cancel")
            return agent.fail(request, "cancelled")
        return census_answer([], [], [])

    def failing(*_):
        raise ZeroDivisionError

    steps = []
    async with scripted_session(census=slow) as (session, agent):
        await census(session, progress=lambda *step: steps.append(step))
        assert steps == [(r"count\x1bing", done, 100) for done in (0, 50, 100)]
        with pytest.raises(ZeroDivisionError):
            await census(session, progress=failing)
        await census(session)
        await agent.seen("cancel")


async def test_cancelling_sends_cancel_and_the_session_goes_on():
    answers: dict[str, Answer] = {"census": silent, "collector": lambda *_: GC_STATE}
    async with scripted_session(**answers) as (session, agent):
        task = asyncio.create_task(census(session))
        request = await agent.seen("census")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        cancel = await agent.seen("cancel")
        assert cancel["args"] == {"id": request["id"]}
        agent.send({"id": request["id"], "progress": {"phase": "x", "done": 1, "total": 2}})
        agent.fail(request, "cancelled")
        agent.send({"id": cancel["id"], "ok": {"cancelled": True}})
        assert (await collector(session)).frozen == 5


async def test_a_request_that_waits_for_its_turn_is_cancelled_without_being_sent():
    async with scripted_session(census=silent, collector=lambda *_: GC_STATE) as (session, agent):
        first = asyncio.create_task(census(session))
        await agent.seen("census")
        second = asyncio.create_task(collector(session))
        await asyncio.sleep(0)
        second.cancel()
        first.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        await agent.seen("cancel")
        assert not agent.of("collector")


async def test_a_deadline_is_sent_and_watched_here_too(monkeypatch):
    monkeypatch.setattr(client_module, "GRACE_S", 0.02)
    async with scripted_session(census=silent, collector=lambda *_: GC_STATE) as (session, agent):
        with pytest.raises(errors.DeadlinePassed, match=r"census: .* within 0.03 s"):
            await census(session, timeout=0.03)
        assert (await agent.seen("census"))["deadline_ms"] == 30
        await agent.seen("cancel")
        await collector(session)


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        ({"id": 99, "ok": {}}, "no request 99 is open"),
        ({"id": 99, "progress": {"phase": "", "done": 0, "total": 0}}, "no request 99 is open"),
        ({"id": 2, "ok": {}, "error": {"code": "x"}}, "got ok and error"),
        ({"id": 2}, "got none"),
        ({"ok": {}}, "missing required field `id`"),
        ({"id": "2", "ok": {}}, r"Expected `int`, got `str` - at `\$.id`"),
        ({"id": 2, "ok": {"names": 1}}, "census"),
        ({"id": 2, "error": {"code": 1}}, r"census: error .*Expected `str`, got `int`"),
        ({"id": 2, "ok": {}, "cost": {"wall_us": "x"}}, "census: cost"),
        ({"id": 0}, "neither id nor event"),
        ({"id": 0, "error": {"code": "garbled", "facts": {"error": "what\x1b?"}}}, r"what\\x1b\?"),
        ({"id": 2, "ok": census_answer(["a"], [1, 2], [1])}, "counts: expected 1 values"),
        ({"id": 2, "ok": census_answer(["a"], [1], [])}, "sizes: expected 1 values"),
        (
            {"id": 2, "ok": census_answer(["a"], b"\0" * 7, [1])},
            r"expected 8 bytes for each value, got 0.875 values - at `\$\.counts`",
        ),
        (
            {"id": 2, "ok": census_answer(["a"], b"\xff" * 8, [1])},
            r"expected no value below 0 - at `\$\.counts`",
        ),
        (
            {"id": 2, "ok": census_answer(["a"], [1], b"\0" * 7 + b"\x80")},
            r"expected no value below 0 - at `\$\.sizes`",
        ),
        ({"id": 2, "ok": {**census_answer(["a"], [1], [1]), "counts": [1]}}, r"at `\$.counts"),
        ([1, 2], "Expected `object`, got `array`"),
    ],
)
async def test_what_is_not_the_protocol_is_named_and_ends_the_connection(message, complaint):
    async with scripted_session(census=lambda agent, _: agent.send(message)) as (session, _):
        with pytest.raises(errors.ProtocolError, match=complaint):
            await census(session)
        assert session.closed
        assert session.gone.is_set()
        with pytest.raises(errors.ProtocolError, match=complaint):
            await collector(session)


@pytest.mark.parametrize(
    ("verb", "answer", "complaint"),
    [
        (referrers, {"counts": [1]}, "counts: expected 2 values, got 1"),
        (lengths, {"at": 1, "lengths": [1, None, 3]}, "lengths: expected 2 values, got 3"),
    ],
)
async def test_an_answer_that_does_not_fit_the_question_ends_the_connection(
    verb, answer, complaint
):
    async with scripted_session(**{verb.__name__: lambda *_: answer}) as (session, _):
        with pytest.raises(errors.ProtocolError, match=complaint):
            await verb(session, [1, 2])
        assert session.closed


async def test_figures_that_the_viewer_measures_are_not_taken_from_an_answer():
    answer = {**census_answer(["a"], [1], [1]), "cost": {"wall_ms": 7}, "coverage": "all"}
    async with scripted_session(census=lambda *_: answer) as (session, _):
        counted = await census(session)
        assert (counted.cost, counted.coverage) == (Cost(2.0, 1.5, 0.5), "all")
        assert type(counted.names[0]) is str


async def test_a_frame_over_the_limit_is_refused_before_it_is_there():
    huge = (wire.ANSWER_LIMIT + 1).to_bytes(4, "big")
    async with scripted_session(census=lambda agent, _: agent.writer.write(huge)) as (session, _):
        with pytest.raises(errors.ProtocolError, match="over the limit"):
            await census(session)


async def test_nodes_nested_too_deep_are_refused():
    node = NODE
    for _ in range(8):
        node = NODE | {"children": [[".x", NODE | {"children": [[".y", node]]}]]}
    answers = {"expand": lambda *_: {"offset": 0, "node": node}}
    async with scripted_session(**answers) as (session, _):
        with pytest.raises(errors.ProtocolError, match="nested deeper"):
            await expand(session, 1)


async def test_a_hang_up_ends_what_waits_and_what_comes_later():
    async with scripted_session(census=silent) as (session, agent):
        task = asyncio.create_task(census(session))
        await agent.seen("census")
        agent.hang_up()
        # The other end of a socketpair is this very process, which goes on.
        with pytest.raises(errors.TargetGone, match="the process itself keeps running") as caught:
            await task
        assert f"memtui {os.getpid()}" in caught.value.hint
        assert session.gone.is_set()
        assert session.closed
        with pytest.raises(errors.TargetGone):
            await census(session)


async def test_close_does_not_wait_for_what_is_under_way():
    async with scripted_session(census=silent) as (session, agent):
        task = asyncio.create_task(census(session))
        await agent.seen("census")
        await session.close()
        with pytest.raises(errors.MemtuiError, match="session was closed"):
            await task
        await agent.seen("stop")


async def test_close_gives_up_on_an_agent_that_reads_nothing(monkeypatch):
    monkeypatch.setattr(session_module, "_FAREWELL_S", 0.01)
    agent = ScriptedAgent(stop=lambda *_: None)
    reader, writer = await agent.start()
    session = await Session.open(reader, writer, ATTACHMENT)
    deafen(agent.writer)
    await asyncio.wait_for(session.close(), 60)
    assert session.closed
    assert not agent.of("stop")
    agent.hang_up()
    agent.task.cancel()


async def test_errors_raised_again_and_again_do_not_pile_up_tracebacks():
    async with scripted_session() as (session, agent):
        agent.hang_up()
        await session.gone.wait()
        for _ in range(50):
            with pytest.raises(errors.TargetGone):
                await collector(session)
        depth, traceback = 0, known(session.failure).__traceback__
        while traceback is not None:
            depth, traceback = depth + 1, traceback.tb_next
        assert depth < 12
    gc.collect()
