"""Verbs ``modules``, ``globals`` and ``lengths``: answers as records, and how a session asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from memtui.model.errors import ProtocolError
from memtui.model.globals import Global, Globals, Lengths, Module
from memtui.model.safe import safe, safe_name
from memtui.rpc.asking import Asking
from memtui.rpc.conversation import MALFORMED, malformed
from memtui.rpc.decode import NodeAnswer, node_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memtui.model.cost import Cost

Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Word = Annotated[int, Meta(ge=0)]
Kind = TypeVar("Kind")

#: Most addresses that one request may ask about.
ADDRESSES = 200


class ModulesAnswer(Struct):
    """Verb ``modules``: name, type, globals, name of the longest container, its length."""

    modules: list[tuple[str, str | None, Count | None, str | None, Count | None]]


class GlobalsAnswer(Struct):
    """Verb ``globals``: of each the name, the object, and the longest container in it."""

    module: str
    address: Word
    size: Count
    total: Count
    offset: Count
    globals: list[tuple[str, NodeAnswer, tuple[str, Count] | None]]


class LengthsAnswer(Struct):
    """Verb ``lengths``."""

    at_us: Count
    lengths: list[Count | None]


_modules = msgspec.msgpack.Decoder(ModulesAnswer)
_globals = msgspec.msgpack.Decoder(GlobalsAnswer)
_lengths = msgspec.msgpack.Decoder(LengthsAnswer)


class GlobalsVerbs(Asking):
    """What a session has to ask for about modules; a part of ``Session``."""

    async def modules(self, *, timeout: float | None = None) -> tuple[Module, ...]:
        """What ``sys.modules`` of the target holds; nothing is imported, no module is asked."""
        return await self._ask("modules", {}, _modules_record, timeout)

    async def globals(  # noqa: PLR0913 (as instances)
        self,
        module: str,
        name: str | None = None,
        *,
        offset: int = 0,
        limit: int = 200,
        depth: int = 0,
        order: str = "length",
        timeout: float | None = None,
    ) -> Globals:
        """Up to 200 globals of ``module``, each expanded ``depth`` (0-6) levels.

        With a ``name``, which may be dotted, the one object it leads to.  ``order`` is ``length``
        (containers first, the longest on top), ``size`` or ``name``.  The objects can be expanded and
        asked for their lengths until the next such request or :meth:`release_globals`.
        Raises RequestFailed with the code ``no-such-module`` or ``no-such-global``.
        """
        args = {
            "module": module,
            "name": name,
            "offset": offset,
            "limit": limit,
            "depth": depth,
            "order": order,
        }
        return await self._ask("globals", args, self._globals_record, timeout)

    async def lengths(self, addresses: Sequence[int], *, timeout: float | None = None) -> Lengths:
        """How many items up to 200 objects have now that the open page or globals show."""
        asked = list(dict.fromkeys(addresses))

        def read(raw: msgspec.Raw, _cost: Cost) -> Lengths:
            answer = _decoded(_lengths, raw, "lengths")
            if len(answer.lengths) != len(asked):
                why = f"lengths: expected {len(asked)} values, got {len(answer.lengths)}"
                raise ProtocolError("lengths from the agent is malformed", why)
            return Lengths(answer.at_us / 1e6, dict(zip(asked, answer.lengths, strict=True)))

        return await self._ask("lengths", {"addresses": asked}, read, timeout)

    async def release_globals(self, *, timeout: float | None = None) -> None:
        """Let go of the objects of the open globals."""
        await self._ask("release", {"globals": True}, lambda _raw, _cost: None, timeout)

    def _globals_record(self, raw: msgspec.Raw, cost: Cost) -> Globals:
        answer = _decoded(_globals, raw, "globals")
        rows = []
        for name, value, longest in answer.globals:
            edge, length = (None, None) if longest is None else longest
            shown = node_record(value, self._names, "globals")
            rows.append(Global(safe(name), shown, None if edge is None else safe(edge), length))
        return Globals(
            module=safe_name(answer.module),
            address=answer.address,
            size=answer.size,
            total=answer.total,
            offset=answer.offset,
            globals=tuple(rows),
            cost=cost,
        )


def _modules_record(raw: msgspec.Raw, _cost: Cost) -> tuple[Module, ...]:
    answer = _decoded(_modules, raw, "modules")
    return tuple(
        Module(
            safe_name(name),
            None if kind is None else safe_name(kind),
            count,
            None if longest is None else safe(longest),
            length,
        )
        for name, kind, count, longest, length in answer.modules
    )


def _decoded(decoder: msgspec.msgpack.Decoder[Kind], raw: msgspec.Raw, verb: str) -> Kind:
    try:
        return decoder.decode(raw)
    except MALFORMED as error:
        raise malformed(verb, error) from None
