"""Verb ``allocations``: where memory was allocated, according to tracemalloc."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from memtui.model.cost import Cost
from memtui.model.safe import Text
from memtui.present.text import counted, size_text
from memtui.verbs.asking import Count, Instant, Milliseconds, Said
from memtui.verbs.traces import NOTHING, Sums, Tables

if TYPE_CHECKING:
    from memtui.verbs.asking import Asks

#: Default limits of a tracing: frames, bytes of tracemalloc's own memory, seconds.
DEPTH, BUDGET_BYTES, SECONDS = 5, 32 << 20, 600.0


@dataclass(frozen=True, slots=True)
class Price:
    """What the next snapshot costs the target at most.

    ``traces`` counts the traced memory blocks.  The process stops for ``stall`` and needs ``bytes``
    of memory meanwhile.  With ``child`` a forked process needs them; otherwise the process itself
    does, and ``no_child`` says why.  When tracing stops, the process stands still for ``stop``.
    ``asks`` is set if this is so much that it needs consent.
    """

    traces: Count
    child: bool
    stall: Milliseconds
    bytes: Count
    stop: Milliseconds
    no_child: Said | None
    asks: bool


@dataclass(frozen=True, slots=True)
class Tracing:
    """The state of tracemalloc in the target.

    ``ours`` is set if a viewer's session started it; otherwise it belongs to the application and
    is left alone.  ``ended`` is why tracing for this session is over (``budget``, ``time`` or
    ``application``, which stopped it), None while it is not.  ``depth`` is in frames.
    ``traced_bytes`` and ``peak_bytes`` are of all blocks since tracing began, the agent's among them;
    ``overhead_bytes`` is tracemalloc's own memory, which must stay under ``budget_bytes``.
    """

    on: bool
    ours: bool
    ended: Text | None
    depth: Count
    budget_bytes: Count | None
    traced_bytes: Count
    peak_bytes: Count
    overhead_bytes: Count
    price: Price | None
    cost: Cost = field(default_factory=Cost)


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """All traced blocks at one moment.

    ``tables`` have every line, and the largest tracebacks; ``rest`` sums up the
    other ``rest_stacks``.  No row includes ``own``, of memtui's agent, or ``imports``, of the import
    system with no other frame behind it.  ``child`` is set if a forked process counted them.
    """

    at: Instant
    tracing: Tracing
    traces: Count
    tables: Tables
    own: Sums = NOTHING
    imports: Sums = NOTHING
    rest: Sums = NOTHING
    rest_stacks: Count = 0
    child: bool = False
    cost: Cost = field(default_factory=Cost)


async def start_tracing(
    session: Asks,
    *,
    depth: int = DEPTH,
    budget_bytes: int = BUDGET_BYTES,
    seconds: float = SECONDS,
    timeout: float | None = None,
) -> Tracing:
    """Start tracemalloc with ``depth`` frames (1–100), or use it if it is on already.

    It stops by itself when its memory is above ``budget_bytes``, after ``seconds``, and with
    the session.  It does not see what was allocated before.  Raises ReadOnly on a
    read-only session, unless tracemalloc is on.
    """
    args = {
        "do": "start",
        "depth": depth,
        "budget": budget_bytes,
        "milliseconds": round(seconds * 1000),
    }
    return await session.ask("allocations", args, Tracing, timeout=timeout)


async def tracing(session: Asks, *, timeout: float | None = None) -> Tracing:
    """The state of tracemalloc, and what a snapshot would cost now."""
    return await session.ask("allocations", {"do": "state"}, Tracing, timeout=timeout)


async def allocations(
    session: Asks, *, consent: bool = False, timeout: float | None = None
) -> Snapshot:
    """All blocks that are traced, as totals.

    If that stalls the target (``Price.asks``) and there is no ``consent``, raises RequestFailed
    with the code ``costly``, which says what it costs.
    """
    args = {"do": "snapshot", "consent": consent}
    return await session.ask("allocations", args, Snapshot, timeout=timeout)


async def reset_peak(session: Asks, *, timeout: float | None = None) -> Tracing:
    """Reset the peak; raises RequestFailed if the application traces, or on 3.8."""
    return await session.ask("allocations", {"do": "reset-peak"}, Tracing, timeout=timeout)


async def stop_tracing(session: Asks, *, timeout: float | None = None) -> Tracing:
    """Stop tracing for this session; tracemalloc is off then unless somebody else needs it."""
    return await session.ask("allocations", {"do": "stop"}, Tracing, timeout=timeout)


def standing_text(snapshot: Snapshot) -> str:
    """What is traced, and what tracing itself takes."""
    tracing = snapshot.tracing
    budget = "" if tracing.budget_bytes is None else f" of {size_text(tracing.budget_bytes)}"
    return (
        f"{size_text(tracing.traced_bytes)} in {counted(snapshot.traces, 'block')} allocated since "
        f"tracing began, peak {size_text(tracing.peak_bytes)}; tracing itself takes "
        f"{size_text(tracing.overhead_bytes)}{budget}, {counted(tracing.depth, 'frame')}"
    )
