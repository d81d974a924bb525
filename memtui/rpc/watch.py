"""Verbs ``watch``, ``watched`` and ``unwatch``: their answers as records, and how a session asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from memtui.model.safe import safe
from memtui.model.watch import Call, Calls, Watching
from memtui.rpc.asking import Asking
from memtui.rpc.conversation import MALFORMED, malformed
from memtui.rpc.decode import NodeAnswer, node_record
from memtui.rpc.reasons import Reason
from memtui.rpc.refusals import words

if TYPE_CHECKING:
    from memtui.model.cost import Cost
    from memtui.model.expression import Tree
    from memtui.rpc.names import TypeNames

Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Kind = TypeVar("Kind")


class WatchAnswer(Struct):
    """Verb ``watch``."""

    watch: Count
    target: str
    flavour: str
    method: str
    notes: list[Reason]


class CallAnswer(Struct):
    """One call."""

    at_us: Count
    duration_ns: Count
    thread: str | None
    thread_id: int
    value: NodeAnswer
    error: str | None
    blocks: int | None


class WatchedAnswer(Struct):
    """Verbs ``watched`` and ``unwatch``."""

    calls: list[CallAnswer]
    active: bool
    seen: Count
    matched: Count
    dropped: Count
    undecided: Count
    problem: Reason | None
    notes: list[Reason]


_watch = msgspec.msgpack.Decoder(WatchAnswer)
_watched = msgspec.msgpack.Decoder(WatchedAnswer)


class WatchVerbs(Asking):
    """What a session has to ask for about watched functions; a part of ``Session``."""

    async def watch(  # noqa: PLR0913 (a watch has that many sides)
        self,
        target: str,
        *,
        condition: Tree | None = None,
        expr: Tree | None = None,
        limit: int = 0,
        depth: int = 1,
        errors_only: bool = False,
        timeout: float | None = None,
    ) -> Watching:
        """Begin to watch ``target``, written ``module:function`` or ``module:Class.method``.

        The calls wait in the target, some hundreds at most, until :meth:`watched` asks for them.
        After ``limit`` of them (0: no limit) the function is left alone again, as it is with
        :meth:`unwatch` and when the session ends, however it ends.  ``depth`` (0–6) is how deep
        values are shown, ``errors_only`` leaves out calls that return.
        Raises ReadOnly on a read-only session, and RequestFailed where there is no such function or
        it cannot be watched.
        """
        args = {
            "target": target,
            "condition": condition,
            "expr": expr,
            "limit": limit,
            "depth": depth,
            "errors_only": errors_only,
        }
        return await self._ask("watch", args, watching, timeout)

    async def watched(self, number: int, *, timeout: float | None = None) -> Calls:
        """The calls that watch ``number`` has captured since the last time."""
        return await self._ask("watched", {"watch": number}, self._calls, timeout)

    async def unwatch(self, number: int, *, timeout: float | None = None) -> Calls:
        """End watch ``number``; the calls that were captured since the last time."""
        return await self._ask("unwatch", {"watch": number}, self._calls, timeout)

    def _calls(self, raw: msgspec.Raw, _cost: Cost) -> Calls:
        answer = _decoded(_watched, raw, "watched")
        return Calls(
            calls=tuple(_call(each, self._names) for each in answer.calls),
            active=answer.active,
            seen=answer.seen,
            matched=answer.matched,
            dropped=answer.dropped,
            undecided=answer.undecided,
            problem="" if answer.problem is None else words(answer.problem),
            notes=tuple(map(words, answer.notes)),
        )


def watching(raw: msgspec.Raw, _cost: Cost) -> Watching:
    """The record of a beginning; raises ProtocolError."""
    answer = _decoded(_watch, raw, "watch")
    return Watching(
        number=answer.watch,
        target=safe(answer.target),
        flavour=safe(answer.flavour),
        method=safe(answer.method),
        notes=tuple(map(words, answer.notes)),
    )


def _call(answer: CallAnswer, names: TypeNames) -> Call:
    return Call(
        at=answer.at_us / 1e6,
        duration_ms=answer.duration_ns / 1e6,
        thread=None if answer.thread is None else safe(answer.thread),
        thread_id=answer.thread_id,
        value=node_record(answer.value, names, "watched"),
        error=None if answer.error is None else safe(answer.error),
        blocks=answer.blocks,
    )


def _decoded(decoder: msgspec.msgpack.Decoder[Kind], raw: msgspec.Raw, verb: str) -> Kind:
    try:
        return decoder.decode(raw)
    except MALFORMED as error:
        raise malformed(verb, error) from None
