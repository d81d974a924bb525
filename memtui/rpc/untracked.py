"""Verb ``untracked``: its answer as a record, and how a session asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta, Struct

from memtui.model.safe import safe
from memtui.model.untracked import Holder, Outside, Pool, Untold, Untracked
from memtui.rpc.asking import Asking
from memtui.rpc.conversation import MALFORMED, malformed

if TYPE_CHECKING:
    from memtui.model.cost import Cost
    from memtui.rpc.client import Progress

PATIENCE_S = 600.0
"""How long to wait for it: 7 µs of processor time for each tracked object, among other threads."""

Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class UntrackedAnswer(Struct):
    """Name, count, size, count at most and at least of each type; and what is outside of objects."""

    at_us: Count
    rows: list[tuple[str, Count, Count, Count, Count]]
    immortal: Count
    frozen: Count
    outside: list[tuple[str, Count, Count, Count, str]]
    untold: list[tuple[str, str, Count]]
    holders: list[tuple[str, Count, Count]]
    pools: list[tuple[str, Count]]


_untracked = msgspec.msgpack.Decoder(UntrackedAnswer)


class UntrackedVerbs(Asking):
    """What a session has to ask for about untracked objects; a part of ``Session``."""

    async def untracked(
        self, *, progress: Progress | None = None, timeout: float | None = None
    ) -> Untracked:
        """Estimate what the collector does not track; takes some ten times as long as a census.

        ``timeout`` in seconds; None waits for as long as :data:`PATIENCE_S`.
        """
        timeout = PATIENCE_S if timeout is None else timeout
        return await self._ask("untracked", {}, self._untracked_record, timeout, progress)

    def _untracked_record(self, raw: msgspec.Raw, cost: Cost) -> Untracked:
        try:
            answer = _untracked.decode(raw)
        except MALFORMED as error:
            raise malformed("untracked", error) from None
        shown = self._names.shown
        return Untracked(
            at=answer.at_us / 1e6,
            names=[shown(name) for name, *_ in answer.rows],
            counts=[row[1] for row in answer.rows],
            sizes=[row[2] for row in answer.rows],
            most=[row[3] for row in answer.rows],
            least=[row[4] for row in answer.rows],
            outside=[
                Outside(shown(name), objects, regions, size, safe(place))
                for name, objects, regions, size, place in answer.outside
            ],
            untold=[Untold(shown(name), safe(why), count) for name, why, count in answer.untold],
            holders=[Holder(shown(name), *figures) for name, *figures in answer.holders],
            pools=[Pool(safe(library), size) for library, size in answer.pools],
            immortal=answer.immortal,
            frozen=answer.frozen,
            cost=cost,
        )
