"""Answers, from their bytes to the records of the model; all text passes ``safe()`` on the way.

Each verb has a Struct that says what its answer is on the wire; msgspec checks it and names the
field that differs.  What types cannot say (columns of one length, no census of a negative size)
is checked here.
"""

from __future__ import annotations

import sys
from array import array
from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from memtui.model import errors
from memtui.model.attachment import Hello
from memtui.model.census import Census
from memtui.model.collector import Collection, Freed, GcState, Generation
from memtui.model.cost import Cost
from memtui.model.instances import Edge, Expansion, Node, Page
from memtui.model.safe import safe
from memtui.rpc.conversation import MALFORMED, Price, malformed
from memtui.rpc.reasons import Reason
from memtui.rpc.refusals import words

if TYPE_CHECKING:
    from memtui.rpc.names import TypeNames

#: How deep an answer may nest; the agent expands 6 levels.
_DEEPEST = 16

Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Word = Annotated[int, Meta(ge=0)]


class HelloAnswer(Struct):
    """Verb ``hello``."""

    protocol: int
    version: str
    pid: int
    python: str
    implementation: str
    executable: str
    free_threaded: bool
    read_only: bool
    joined: bool


class CensusAnswer(Struct):
    """Verb ``census``: the new names, and the columns of all of them."""

    at_us: Count
    names: list[str]
    counts: bytes
    sizes: bytes
    frozen: Count = 0
    own: Count = 0


class NodeAnswer(Struct):
    """One object, with the children that were expanded."""

    type: str
    address: Word
    size: Count
    preview: str
    length: Count | None = None
    truncated: bool = False
    redacted: bool = False
    expandable: bool = False
    referrers: Count | None = None
    children: list[tuple[str, NodeAnswer]] = []
    hidden: Count = 0
    problem: Reason | None = None


class PageAnswer(Struct):
    """Verb ``instances``."""

    type: str
    total: Count
    offset: Count
    order: str
    instances: list[NodeAnswer]
    frozen: Count = 0
    values: list[NodeAnswer] = []
    examined: Count = 0
    undecided: Count = 0
    problem: Reason | None = None


class ExpansionAnswer(Struct):
    """Verb ``expand``."""

    offset: Count
    node: NodeAnswer


class ReferrersAnswer(Struct):
    """Verb ``referrers``: one count for each address that was asked."""

    counts: list[Count]


class GcStateAnswer(Struct):
    """Verb ``collector``."""

    enabled: bool
    generations: list[tuple[int, int, int, int, int]]
    frozen: Count
    garbage: Count
    debug: int
    callbacks: Count


class CollectionAnswer(Struct):
    """Verb ``collect``."""

    at_us: Count
    generation: int
    collected: int
    uncollectable: int
    pause_us: Count
    freed: list[tuple[str, int, int]]
    state: GcStateAnswer


Answer = TypeVar("Answer", bound=Struct)
_hello = msgspec.msgpack.Decoder(HelloAnswer)
_census = msgspec.msgpack.Decoder(CensusAnswer)
_page = msgspec.msgpack.Decoder(PageAnswer)
_expansion = msgspec.msgpack.Decoder(ExpansionAnswer)
_referrers = msgspec.msgpack.Decoder(ReferrersAnswer)
_gc_state = msgspec.msgpack.Decoder(GcStateAnswer)
_collection = msgspec.msgpack.Decoder(CollectionAnswer)


def hello(raw: msgspec.Raw) -> Hello:
    """The agent's greeting; raises :class:`~memtui.model.errors.ProtocolError`, as all here do."""
    answer = _decode(_hello, raw, "hello")
    return Hello(
        protocol=answer.protocol,
        version=safe(answer.version),
        pid=answer.pid,
        python=safe(answer.python),
        implementation=safe(answer.implementation),
        executable=safe(answer.executable),
        free_threaded=answer.free_threaded,
        read_only=answer.read_only,
        joined=answer.joined,
    )


def census(raw: msgspec.Raw, cost: Cost, names: TypeNames) -> Census:
    """A census over all ``names``, which are extended by the new ones."""
    answer = _decode(_census, raw, "census")
    rows = len(names) + len(answer.names)
    counts = _column("counts", answer.counts, rows)
    sizes = _column("sizes", answer.sizes, rows)
    return Census(
        at=answer.at_us / 1e6,
        names=names.extend(answer.names),
        counts=counts,
        sizes=sizes,
        frozen=answer.frozen,
        own=answer.own,
        cost=cost,
    )


def _column(name: str, data: bytes, rows: int) -> array[int]:
    """One column of a census: ``rows`` numbers of eight bytes, little-endian, none negative."""
    why = ""
    if len(data) != 8 * rows:
        why = f"{name}: expected {rows} values, one for each name, got {len(data) / 8:g}"
    elif not data[7::8].isascii():
        # The byte that holds the sign: over all rows at once, for this is done at every tick.
        why = f"{name}: expected no value below 0"
    if why:
        raise errors.ProtocolError("census from the agent is malformed", why)
    column = array("q", data)
    if sys.byteorder == "big":
        column.byteswap()
    return column


def page(raw: msgspec.Raw, cost: Cost, names: TypeNames) -> Page:
    """A page of instances."""
    answer = _decode(_page, raw, "instances")
    if answer.values and len(answer.values) != len(answer.instances):
        why = f"{len(answer.values)} values for {len(answer.instances)} instances"
        raise errors.ProtocolError("instances from the agent is malformed", why)
    return Page(
        type=names.shown(answer.type),
        total=answer.total,
        offset=answer.offset,
        order=safe(answer.order),
        instances=tuple(node_record(node, names, "instances") for node in answer.instances),
        frozen=answer.frozen,
        values=tuple(node_record(node, names, "instances") for node in answer.values),
        examined=answer.examined,
        undecided=answer.undecided,
        problem="" if answer.problem is None else words(answer.problem),
        cost=cost,
    )


def expansion(raw: msgspec.Raw, cost: Cost, names: TypeNames) -> Expansion:
    """One object with its children."""
    answer = _decode(_expansion, raw, "expand")
    return Expansion(node_record(answer.node, names, "expand"), answer.offset, cost)


def referrers(raw: msgspec.Raw, asked: int) -> list[int]:
    """Referrer counts of the ``asked`` addresses, in their order."""
    counts = _decode(_referrers, raw, "referrers").counts
    if len(counts) != asked:
        why = f"counts: expected {asked} values, got {len(counts)}"
        raise errors.ProtocolError("referrers from the agent is malformed", why)
    return list(counts)


def gc_state(raw: msgspec.Raw, cost: Cost) -> GcState:
    """The collector as it stands."""
    return _state(_decode(_gc_state, raw, "collector"), cost)


def collection(
    raw: msgspec.Raw,
    cost: Cost,
    names: TypeNames,
    *,
    rss_before: int | None,
    rss_after: int | None,
) -> Collection:
    """One collection; the agent knows nothing of RSS, the caller measured it around the request."""
    answer = _decode(_collection, raw, "collect")
    return Collection(
        at=answer.at_us / 1e6,
        generation=answer.generation,
        collected=answer.collected,
        uncollectable=answer.uncollectable,
        pause_ms=answer.pause_us / 1e3,
        rss_before=rss_before,
        rss_after=rss_after,
        freed=tuple(Freed(names.shown(type_), count, size) for type_, count, size in answer.freed),
        state=_state(answer.state, cost),
        cost=cost,
    )


def cost(price: Price) -> Cost:
    """Microseconds of the wire as the milliseconds of the model."""
    return Cost(price.wall_us / 1e3, price.agent_us / 1e3, price.stall_us / 1e3)


def _decode(decoder: msgspec.msgpack.Decoder[Answer], raw: msgspec.Raw, verb: str) -> Answer:
    try:
        return decoder.decode(raw)
    except MALFORMED as error:
        raise malformed(verb, error) from None


def node_record(answer: NodeAnswer, names: TypeNames, verb: str, depth: int = _DEEPEST) -> Node:
    """The record of an object and of what was expanded below it, ``depth`` levels at most."""
    if not depth:
        why = f"children: nested deeper than {_DEEPEST}"
        raise errors.ProtocolError(f"{verb} from the agent is malformed", why)
    return Node(
        type=names.shown(answer.type),
        address=answer.address,
        size=answer.size,
        preview=safe(answer.preview) if answer.problem is None else words(answer.problem),
        length=answer.length,
        truncated=answer.truncated,
        redacted=answer.redacted,
        expandable=answer.expandable,
        referrers=answer.referrers,
        children=tuple(
            Edge(safe(edge), node_record(child, names, verb, depth - 1))
            for edge, child in answer.children
        ),
        hidden=answer.hidden,
    )


def _state(answer: GcStateAnswer, cost: Cost) -> GcState:
    return GcState(
        enabled=answer.enabled,
        generations=tuple(Generation(*figures) for figures in answer.generations),
        frozen=answer.frozen,
        garbage=answer.garbage,
        debug=answer.debug,
        callbacks=answer.callbacks,
        cost=cost,
    )
