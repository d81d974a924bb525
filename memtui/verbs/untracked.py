"""Verb ``untracked``: objects that the collector does not track, and memory outside of objects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from memtui.model.cost import Cost
from memtui.model.safe import Text, TypeName
from memtui.verbs.asking import Count, Instant

if TYPE_CHECKING:
    from memtui.verbs.asking import Asks, OnProgress

PATIENCE_S = 600.0
"""How long to wait for it: 7 µs of processor time for each tracked object, among other threads."""

PROCESS, MAPPED = "process", "mapped"
"""Where memory is, beside the names of devices."""


class Estimate(NamedTuple):
    """One type: about ``count`` objects, between ``least`` and ``most``, of ``size`` bytes together."""

    type: TypeName
    count: Count  # type: ignore[assignment] # it hides tuple.count
    size: Count
    most: Count
    least: Count


class Buffers(NamedTuple):
    """Memory that objects of a type have outside of themselves, each buffer counted once.

    ``objects`` were looked at, and led to ``regions`` of together ``size`` bytes that no other row
    has.  ``place`` is PROCESS, MAPPED (address space of files) or a device's name.
    """

    type: TypeName
    objects: Count
    regions: Count
    size: Count
    place: Text


class BufferHolder(NamedTuple):
    """Objects of a type that hold ``size`` bytes of arrays and buffers, which have rows of their own."""

    type: TypeName
    objects: Count
    size: Count


class Untold(NamedTuple):
    """``count`` objects of a type whose memory is not known, or not exactly, and why (a word)."""

    type: TypeName
    why: Text
    count: Count  # type: ignore[assignment] # it hides tuple.count


class Pool(NamedTuple):
    """What a library says that it has allocated in all, bytes."""

    library: Text
    size: Count


@dataclass(frozen=True, slots=True, eq=False)
class Untracked:
    """Estimates by type in ``rows``, and what is outside of objects.

    The objects were met through what refers to them.  Those that only C code or the stacks of
    running code refer to were not met, and no figure has them.
    ``immortal`` counts the references to objects that never die and are left out.
    """

    at: Instant
    rows: tuple[Estimate, ...]
    immortal: Count = 0
    frozen: Count = 0
    outside: tuple[Buffers, ...] = ()
    untold: tuple[Untold, ...] = ()
    holders: tuple[BufferHolder, ...] = ()
    pools: tuple[Pool, ...] = ()
    cost: Cost = field(default_factory=Cost)

    @property
    def objects(self) -> int:
        """About how many there are, of all types."""
        return sum(row.count for row in self.rows)

    @property
    def size(self) -> int:
        """About how many bytes they have together."""
        return sum(row.size for row in self.rows)

    @property
    def least(self) -> int:
        """How many of them there are at least."""
        return sum(row.least for row in self.rows)

    @property
    def most(self) -> int:
        """How many of them there are at most."""
        return sum(row.most for row in self.rows)

    @property
    def error(self) -> float:
        """How far the number of all of them may be off, as a share of it."""
        total = self.objects
        return max(self.most - total, total - self.least) / total if total else 0.0


async def untracked(
    session: Asks, *, progress: OnProgress | None = None, timeout: float | None = None
) -> Untracked:
    """Estimate what the collector does not track; takes some ten times as long as a census.

    ``timeout`` in seconds; None waits for as long as :data:`PATIENCE_S`.
    """
    timeout = PATIENCE_S if timeout is None else timeout
    return await session.ask("untracked", {}, Untracked, timeout=timeout, progress=progress)
