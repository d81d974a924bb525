"""Whatever bytes come from the agent's side: an event, or a ProtocolError; never anything else."""

import asyncio
import copy

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memtui.agent import wire
from memtui.model.errors import MemtuiError, ProtocolError, TargetGone
from memtui.rpc import refusals
from memtui.rpc.conversation import Answered, Conversation, Progressed
from memtui.rpc.decode import RecordReader
from memtui.rpc.names import TypeNames
from memtui.rpc.session import Session
from memtui.verbs.census import Census, census
from memtui.verbs.collect import Collection
from memtui.verbs.collector import Collector
from memtui.verbs.expand import Expansion
from memtui.verbs.hello import Hello
from memtui.verbs.instances import Page
from memtui.verbs.referrers import Referrers
from memtui.verbs.untracked import Untracked
from memtui.verbs.watched import Calls
from tests.support.scripted import (
    ATTACHMENT,
    COST,
    GC_STATE,
    GREETING,
    NODE,
    ScriptedAgent,
    census_answer,
    scripted_session,
)

integers = st.integers(min_value=-(1 << 63), max_value=(1 << 64) - 1)
scalars = st.none() | st.booleans() | integers | st.text(max_size=20) | st.binary(max_size=20)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=8), inner, max_size=6)
    ),
    max_leaves=20,
)
envelopes = st.fixed_dictionaries(
    {},
    optional={
        "id": st.integers(0, 6) | scalars,
        "ok": values,
        "error": values
        | st.fixed_dictionaries(
            {"code": st.text(max_size=9) | st.sampled_from(sorted(refusals._ROWS)), "facts": values}
        ),
        "progress": values
        | st.fixed_dictionaries({"phase": values, "done": values, "total": values}),
        "event": scalars,
        "data": values,
        "cost": values,
    },
)
ANSWERS = {
    "hello": (Hello, GREETING),
    "census": (Census, census_answer(["a", "b"], [1, 2], [10, 20])),
    "instances": (
        Page,
        {"type": "a", "total": 1, "offset": 0, "order": "largest", "instances": [NODE]},
    ),
    "expand": (Expansion, {"offset": 0, "node": NODE}),
    "referrers": (Referrers, {"counts": [1, 2]}),
    "collector": (Collector, GC_STATE),
    "collect": (
        Collection,
        {
            "at": 1,
            "generation": 2,
            "collected": 3,
            "uncollectable": 0,
            "pause": 5,
            "freed": [["a", 1, 2]],
            "state": GC_STATE,
        },
    ),
    "watched": (
        Calls,
        {
            "calls": [
                {
                    "at": 1,
                    "duration": 2,
                    "thread": "main",
                    "thread_id": 3,
                    "value": NODE | {"preview": {"code": "no-item", "facts": {"key": "x"}}},
                    "error": None,
                    "blocks": -1,
                }
            ],
            "active": True,
            "seen": 1,
            "matched": 1,
            "dropped": 0,
            "undecided": 0,
            "problem": None,
            "notes": [{"code": "inherited"}],
        },
    ),
    "untracked": (
        Untracked,
        {
            "at": 1,
            "rows": [["str", 1, 2, 3, 4]],
            "outside": [["numpy.ndarray", 1, 2, 3, "process"]],
            "untold": [["a", "code", 1]],
            "holders": [["a", 1, 2]],
            "pools": [["torch", 1]],
        },
    ),
}


def record(verb, raw):
    return RecordReader(TypeNames()).record(raw, ANSWERS[verb][0], verb)


def asked():
    """A conversation in which requests 1 to 3 are open and 4 is abandoned (5 cancels it)."""
    conversation = Conversation()
    for verb in ("census", "instances", "collector", "collect"):
        conversation.request(verb, {})
    conversation.abandon(4)
    return conversation


def feed(conversation, data, cuts):
    """Feed ``data`` in pieces; the events, or None if it ended in a ProtocolError."""
    events = []
    at = 0
    try:
        for cut in cuts:
            events += conversation.receive(data[at : at + cut])
            at += cut
        events += conversation.receive(data[at:])
    except ProtocolError as error:
        assert str(error).isprintable()
        return None
    return events


@settings(max_examples=300)
@given(st.binary(max_size=200), st.lists(st.integers(0, 50), max_size=4))
def test_arbitrary_bytes(data, cuts):
    feed(asked(), data, cuts)


@settings(max_examples=300)
@given(st.binary(max_size=80), st.lists(st.integers(0, 50), max_size=4))
def test_arbitrary_payloads_in_good_frames(payload, cuts):
    feed(asked(), wire.frame(payload), cuts)


@settings(max_examples=300)
@given(st.lists(envelopes | values, max_size=4), st.lists(st.integers(0, 50), max_size=6))
def test_arbitrary_values_and_envelopes(messages, cuts):
    data = b"".join(wire.frame(wire.pack(message)) for message in messages)
    events = feed(asked(), data, cuts)
    for event in events or []:
        if isinstance(event, Answered):
            for verb in ANSWERS:
                attempt(verb, event.result)
        elif isinstance(event, Progressed):
            assert event.phase.isprintable()
            assert event.done >= 0


def attempt(verb, raw):
    try:
        return record(verb, raw)
    except ProtocolError as error:
        assert str(error).isprintable()
        return None


@settings(max_examples=300)
@given(st.sampled_from(sorted(ANSWERS)), st.data())
def test_answers_with_one_part_replaced(verb, data):
    answer = copy.deepcopy(ANSWERS[verb][1])
    assert record(verb, msgspec.Raw(wire.pack(answer))) is not None
    spots = list(places(answer))
    holder, key = data.draw(st.sampled_from(spots))
    holder[key] = data.draw(values)
    attempt(verb, msgspec.Raw(wire.pack(answer)))


def places(value):
    """Every (container, key) in ``value``."""
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = list(enumerate(value))
    else:
        return
    for key, inner in pairs:
        yield value, key
        yield from places(inner)


@settings(max_examples=300)
@given(st.sampled_from(sorted(ANSWERS)), st.data())
def test_answers_with_flipped_bytes(verb, data):
    answer = ANSWERS[verb][1]
    payload = bytearray(wire.pack({"id": 1, "ok": answer, "cost": COST}))
    for _ in range(data.draw(st.integers(1, 4))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    for event in feed(asked(), wire.frame(bytes(payload)), []) or []:
        if isinstance(event, Answered):
            attempt(verb, event.result)


@pytest.mark.parametrize(
    "payload",
    [
        b"\x91" * 1_000_000 + b"\xc0",
        b"\x81\xa2id" * 300_000 + b"\xc0",
        b"\x82\xa2id\x01\xa2ok" + b"\x91" * 1_000_000 + b"\xc0",
        b"\x82\xa2id\x01\xa2ok\xdd\xff\xff\xff\xff",
        b"\x82\xa2id\x01\xa2ok\xdf\xff\xff\xff\xff",
        b"\x82\xa2id\x01\xa2ok\xdb\xff\xff\xff\xff",
        b"\x82\xa2id\x01\xa2ok\x81\xa6counts\xdd\xff\xff\xff\xff\x01",
        b"\x82\xa2id\x01\xa5event\xa2\xff\xfe",
        b"",
    ],
)
def test_bombs_are_refused_at_once(payload):
    with pytest.raises(ProtocolError):
        asked().receive(wire.frame(payload))


def test_children_nested_too_deep_for_the_stack_are_refused():
    node = wire.pack(NODE | {"children": []})
    head, tail = node.split(b"\xa8children\x90")
    opened = head + b"\xa8children\x91\x92\xa2.x"
    raw = msgspec.Raw(b"\x82\xa6offset\x00\xa4node" + opened * 20_000 + node + tail * 20_000)
    with pytest.raises(ProtocolError, match="expand"):
        record("expand", raw)


def test_ten_thousand_names_that_look_alike_are_told_apart_quickly():
    names = TypeNames()
    spelled = ["x" * 600 + str(number) for number in range(10_000)]
    shown = names.extend(spelled)
    assert len(set(shown)) == 10_000
    assert [names.spelled(name) for name in shown] == spelled
    assert [names.shown(name) for name in spelled] == list(shown)


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=100), st.booleans())
def test_a_session_that_hears_garbage_ends_and_says_so(garbage, framed):
    asyncio.run(hear(wire.frame(garbage) if framed else garbage))


async def hear(garbage):
    def blurt(agent, _request):
        agent.writer.write(garbage)
        agent.hang_up()

    async with scripted_session(census=blurt) as (session, _):
        with pytest.raises((ProtocolError, TargetGone)):
            await asyncio.wait_for(census(session), 60)
        assert session.gone.is_set()


@settings(max_examples=40, deadline=None)
@given(values)
def test_a_greeting_that_is_none_is_refused(value):
    asyncio.run(greet(value))


async def greet(value):
    agent = ScriptedAgent(
        hello=lambda agent, request: agent.send({"id": request["id"], "ok": value})
    )
    reader, writer = await agent.start()
    with pytest.raises(MemtuiError):
        await asyncio.wait_for(Session.open(reader, writer, ATTACHMENT), 60)
    assert writer.is_closing()
    agent.hang_up()
    await agent.task
