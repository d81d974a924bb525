"""Verb ``untracked``: its answer as a record, and how a session asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from memtui.model.untracked import Untracked
from memtui.rpc.conversation import MALFORMED, malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from memtui.model.cost import Cost
    from memtui.rpc.client import Progress
    from memtui.rpc.names import TypeNames

Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Record = TypeVar("Record")


class UntrackedAnswer(Struct):
    """Name, count, size and count at most of each type."""

    at_us: Count
    rows: list[tuple[str, Count, Count, Count]]
    immortal: Count
    frozen: Count


_untracked = msgspec.msgpack.Decoder(UntrackedAnswer)


class UntrackedVerbs:
    """What a session has to ask for about untracked objects; a part of ``Session``."""

    _names: TypeNames

    async def _ask(
        self,
        verb: str,
        args: Mapping[str, object] | Callable[[], Mapping[str, object]],
        read: Callable[[msgspec.Raw, Cost], Record],
        timeout: float | None,
        progress: Progress | None = None,
    ) -> Record:
        raise NotImplementedError

    async def untracked(
        self, *, progress: Progress | None = None, timeout: float | None = None
    ) -> Untracked:
        """Estimate what the collector does not track; takes some ten times as long as a census."""
        return await self._ask("untracked", {}, self._untracked_record, timeout, progress)

    def _untracked_record(self, raw: msgspec.Raw, cost: Cost) -> Untracked:
        try:
            answer = _untracked.decode(raw)
        except MALFORMED as error:
            raise malformed("untracked", error) from None
        return Untracked(
            at=answer.at_us / 1e6,
            names=[self._names.shown(name) for name, *_ in answer.rows],
            counts=[count for _, count, _, _ in answer.rows],
            sizes=[size for _, _, size, _ in answer.rows],
            most=[most for *_, most in answer.rows],
            immortal=answer.immortal,
            frozen=answer.frozen,
            cost=cost,
        )
