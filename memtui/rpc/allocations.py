"""Verb ``allocations``: its answers as records, and the methods of a session that ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from memtui.model.allocations import Frame, Price, Snapshot, Sums, Tracing
from memtui.model.errors import ProtocolError
from memtui.model.safe import safe, safe_name
from memtui.rpc.asking import Asking
from memtui.rpc.conversation import MALFORMED, malformed
from memtui.rpc.reasons import Reason
from memtui.rpc.refusals import words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from memtui.model.cost import Cost

#: How much text a file's name may be: a path on Linux fits.
_PATH_LIMIT = 4096

#: Default limits of a tracing: frames, bytes of tracemalloc's own memory, seconds.
DEPTH, BUDGET_BYTES, SECONDS = 5, 32 << 20, 600.0

Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Pair = tuple[Count, Count]
Kind = TypeVar("Kind")
Key = TypeVar("Key")


class PriceAnswer(Struct):
    """What a snapshot would cost."""

    traces: Count
    how: str
    stall_us: Count
    bytes: Count
    stop_us: Count
    no_child: Reason | None
    asks: bool


class TracingAnswer(Struct):
    """tracemalloc as it stands."""

    tracing: bool
    ours: bool
    ended: str | None
    depth: Count
    budget_bytes: Count | None
    traced_bytes: Count
    peak_bytes: Count
    overhead_bytes: Count
    price: PriceAnswer | None


class SnapshotAnswer(Struct):
    """Totals; the tables are chunks, each packed by itself."""

    at_us: Count
    state: TracingAnswer
    how: str
    traces: Count
    own: Pair
    imports: Pair
    rest: tuple[Count, Count, Count]
    files: list[bytes]
    lines: list[bytes]
    stacks: list[bytes]


_state = msgspec.msgpack.Decoder(TracingAnswer)
_snapshot = msgspec.msgpack.Decoder(SnapshotAnswer)
_names = msgspec.msgpack.Decoder(list[str])
_rows = msgspec.msgpack.Decoder(list[list[Count]])


class AllocationVerbs(Asking):
    """What a session has to ask for about allocations; a part of ``Session``."""

    async def start_tracing(
        self,
        *,
        depth: int = DEPTH,
        budget_bytes: int = BUDGET_BYTES,
        seconds: float = SECONDS,
        timeout: float | None = None,
    ) -> Tracing:
        """Start tracemalloc with ``depth`` frames (1–100), or use it if it is on already.

        It stops by itself when its memory is above ``budget_bytes``, after ``seconds``, and with
        the session.  Of what was allocated before nothing is known.  Raises ReadOnly on a
        read-only session, unless tracemalloc is on.
        """
        args = {
            "do": "start",
            "depth": depth,
            "budget": budget_bytes,
            "milliseconds": round(seconds * 1000),
        }
        return await self._ask("allocations", args, tracing, timeout)

    async def tracing(self, *, timeout: float | None = None) -> Tracing:
        """How tracemalloc stands, and what a snapshot would cost now."""
        return await self._ask("allocations", {"do": "state"}, tracing, timeout)

    async def allocations(self, *, consent: bool = False, timeout: float | None = None) -> Snapshot:
        """All blocks that are traced, as totals.

        Where that stalls the target (``Price.asks``), RequestFailed with the code ``costly`` tells
        what it costs, unless there is ``consent``.
        """
        args = {"do": "snapshot", "consent": consent}
        return await self._ask("allocations", args, snapshot, timeout)

    async def reset_peak(self, *, timeout: float | None = None) -> Tracing:
        """Let the peak begin anew; RequestFailed where tracing is the application's, or on 3.8."""
        return await self._ask("allocations", {"do": "reset-peak"}, tracing, timeout)

    async def stop_tracing(self, *, timeout: float | None = None) -> Tracing:
        """Stop tracing for this session; tracemalloc is off then unless somebody else needs it."""
        return await self._ask("allocations", {"do": "stop"}, tracing, timeout)


def tracing(raw: msgspec.Raw, cost: Cost) -> Tracing:
    """The record of a state; raises ProtocolError, as all here do."""
    return _tracing(_decoded(_state, raw), cost)


def snapshot(raw: msgspec.Raw, cost: Cost) -> Snapshot:
    """The record of a snapshot."""
    answer = _decoded(_snapshot, raw)
    spelled: dict[str, str] = {}
    files: list[str] = []
    for chunk in answer.files:
        for name in _decoded(_names, chunk):
            shown = safe_name(name, _PATH_LIMIT)
            if shown != name:
                spelled[shown] = name
            files.append(shown)
    frames = _Frames(files)
    lines: dict[Frame, Sums] = {}
    for row in _table(answer.lines):
        if len(row) != 4:
            raise _odd("lines", len(row))
        _sum(lines, frames.frame(row[0], row[1]), Sums(row[2], row[3]))
    stacks: dict[tuple[Frame, ...], Sums] = {}
    cut = set()
    for row in _table(answer.stacks):
        if len(row) < 5 or len(row) % 2 == 0:
            raise _odd("stacks", len(row))
        stack = frames.stack(row[3:])
        _sum(stacks, stack, Sums(row[0], row[1]))
        if row[2]:
            cut.add(stack)
    return Snapshot(
        at=answer.at_us / 1e6,
        tracing=_tracing(answer.state, cost),
        traces=answer.traces,
        lines=lines,
        stacks=stacks,
        own=Sums(*answer.own),
        imports=Sums(*answer.imports),
        rest=Sums(*answer.rest[1:]),
        rest_stacks=answer.rest[0],
        cut=frozenset(cut),
        spelled=spelled,
        child=answer.how == "child",
        cost=cost,
    )


class _Frames:
    """Frames by number of file and line, one object each."""

    def __init__(self, files: list[str]) -> None:
        self._files = files
        self._known: dict[tuple[int, int], Frame] = {}

    def frame(self, file: int, line: int) -> Frame:
        known = self._known.get((file, line))
        if known is None:
            if file >= len(self._files):
                why = f"file {file} of {len(self._files)}"
                raise ProtocolError("allocations from the agent is malformed", why)
            known = self._known[file, line] = Frame(self._files[file], line)
        return known

    def stack(self, numbers: list[int]) -> tuple[Frame, ...]:
        return tuple(map(self.frame, numbers[::2], numbers[1::2]))


def _sum(table: dict[Key, Sums], key: Key, sums: Sums) -> None:
    # Two files may look the same once their names are safe.
    table[key] = table[key] + sums if key in table else sums


def _table(chunks: Iterable[bytes]) -> Iterable[list[int]]:
    for chunk in chunks:
        yield from _decoded(_rows, chunk)


def _odd(table: str, length: int) -> ProtocolError:
    return ProtocolError(
        "allocations from the agent is malformed", f"{table}: a row of {length} figures"
    )


def _decoded(decoder: msgspec.msgpack.Decoder[Kind], raw: bytes | msgspec.Raw) -> Kind:
    try:
        return decoder.decode(raw)
    except MALFORMED as error:
        raise malformed("allocations", error) from None


def _tracing(answer: TracingAnswer, cost: Cost) -> Tracing:
    return Tracing(
        on=answer.tracing,
        ours=answer.ours,
        ended=None if answer.ended is None else safe(answer.ended),
        depth=answer.depth,
        budget_bytes=answer.budget_bytes,
        traced_bytes=answer.traced_bytes,
        peak_bytes=answer.peak_bytes,
        overhead_bytes=answer.overhead_bytes,
        price=None if answer.price is None else _price(answer.price),
        cost=cost,
    )


def _price(answer: PriceAnswer) -> Price:
    return Price(
        traces=answer.traces,
        child=answer.how == "child",
        stall_ms=answer.stall_us / 1e3,
        bytes=answer.bytes,
        stop_ms=answer.stop_us / 1e3,
        no_child=None if answer.no_child is None else words(answer.no_child),
        asks=answer.asks,
    )
