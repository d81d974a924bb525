"""Verb ``untracked``: objects that the collector does not track, and memory outside of objects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from memtui.model.cost import Cost
from memtui.model.safe import Text, TypeName
from memtui.present.columns import Column
from memtui.present.spans import line_of
from memtui.present.text import bound_text, count_text, counted, size_text
from memtui.verbs.asking import Count, Instant

if TYPE_CHECKING:
    from memtui.present.spans import Line
    from memtui.verbs.asking import Asks, OnProgress

PATIENCE_S = 600.0
"""How long to wait: a tracked object takes 7 µs of processor time, and other threads run meanwhile."""

PROCESS, MAPPED = "process", "mapped"
"""Places of memory; the others are names of devices."""

HOLDER_COLUMNS = (
    Column("type", "type", 16, 100, "left", True, 72, "ascending", "end"),
    Column("size", "size", 8, 90),
    Column("objects", "objects", 11, 80),
)
BUFFER_COLUMNS = (*HOLDER_COLUMNS[:2], Column("buffers", "buffers", 11, 80), HOLDER_COLUMNS[2])

_WHY = {
    "code": "{n} of {type} would answer in Python code: not asked, so their sizes are unknown",
    "layout": "{n} of {type} have no plain buffer (sparse, nested …): their sizes are unknown",
    "shared": "{n} of {type}: the program has Arrow types of its own, whose code would run if columns "
    "were looked at; so a buffer that several share is counted for each",
    "at-least": "only parts of {n} buffers of {type} were seen: they may be larger",
    "library": "{type} is loaded in a version that memtui does not know: the memory of its objects is unknown",
}


class EstimatedType(NamedTuple):
    """One type: about ``count`` objects, between ``least`` and ``most``, of ``size`` bytes together.

    Where objects of the type are in a container that was ``changing`` while it was read, nothing
    bounds how many were missed: ``least`` and ``most`` are of those that were met.
    """

    type: TypeName
    count: Count  # type: ignore[assignment] # it hides tuple.count
    size: Count
    most: Count
    least: Count
    changing: int = 0

    @property
    def is_bounded(self) -> bool:
        """Whether ``least`` and ``most`` hold."""
        return not self.changing


class Buffers(NamedTuple):
    """Memory that objects of a type have outside of themselves, each buffer counted once.

    ``objects`` of them were read, and led to ``regions`` of ``size`` bytes in total that no other row
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
    """``count`` objects of a type whose memory is not known exactly, and why (a word)."""

    type: TypeName
    why: Text
    count: Count  # type: ignore[assignment] # it hides tuple.count


class Pool(NamedTuple):
    """The total that a library reports as allocated, bytes."""

    library: Text
    size: Count


@dataclass(frozen=True, slots=True, eq=False)
class Untracked:
    """Estimates by type in ``rows``, and the memory outside of objects.

    The objects were found through the objects that refer to them.  No figure includes objects that
    only C code or the stacks of running code refer to.
    ``immortal`` counts the references to objects that never die and are left out.  ``changed``
    counts the containers that changed while they were read.
    """

    at: Instant
    rows: tuple[EstimatedType, ...]
    immortal: Count = 0
    changed: Count = 0
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
        """About how many bytes they have in total."""
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
    def beside(self) -> dict[str, int]:
        """By type: the bytes of its size that are outside of the objects."""
        found: dict[str, int] = {}
        for each in self.outside:
            if each.place == PROCESS:
                found[each.type] = found.get(each.type, 0) + each.size
        return found

    @property
    def is_bounded(self) -> bool:
        """Whether ``least`` and ``most`` hold: no container changed while it was read."""
        return not self.changed and all(row.is_bounded for row in self.rows)

    @property
    def error(self) -> float | None:
        """How far the total count may be off, as a share of it; None if nothing bounds it."""
        if not self.is_bounded:
            return None
        total = self.objects
        return max(self.most - total, total - self.least) / total if total else 0.0


async def untracked(
    session: Asks, *, progress: OnProgress | None = None, timeout: float | None = None
) -> Untracked:
    """Estimate what the collector does not track; takes about ten times as long as a census.

    ``timeout`` in seconds; None waits for as long as :data:`PATIENCE_S`.
    """
    timeout = PATIENCE_S if timeout is None else timeout
    return await session.ask("untracked", {}, Untracked, timeout=timeout, progress=progress)


def estimate_text(estimate: Untracked) -> str:
    """The estimate and its error, in a sentence."""
    total, least, most = estimate.objects, estimate.least, estimate.most
    bounds = f", {count_text(least)} to {count_text(most)}"
    if least == most or not estimate.is_bounded:
        bounds = ""
    words = (
        f"{counted(total, 'object')} that the collector does not track: estimated through what refers "
        f"to them{bounds} ({bound_text(estimate.error)}); "
        "what only C or running code holds is not in it"
    )
    if estimate.immortal:
        words += (
            f", nor what {count_text(estimate.immortal)} references to immortal objects lead to"
        )
    return words


def changing_texts(*estimates: Untracked) -> list[str]:
    """Which figures nothing bounds, and why, in a sentence."""
    changed = max((each.changed for each in estimates), default=0)
    if not changed:
        return []
    types = dict.fromkeys(row.type for each in estimates for row in each.rows if row.changing)
    what = f" ({', '.join(list(types)[:5])}{' …' if len(types) > 5 else ''})" if types else ""
    containers = counted(changed, "container")
    return [
        f"{containers} changed while being read: how many objects in there{what} were missed is not known"
    ]


def untold_texts(estimate: Untracked) -> list[str]:
    """A sentence for each thing that is unknown, or not known exactly."""
    return [
        _WHY.get(each.why, "{n} of {type}: sizes unknown").format(
            n=count_text(each.count), type=each.type
        )
        for each in estimate.untold
    ]


def buffer_cells(row: Buffers) -> Line:
    """A row of ``BUFFER_COLUMNS``; memory outside of the process has its place in the name."""
    name = row.type if row.place == PROCESS else f"{row.type} on {row.place}"
    return line_of(name, size_text(row.size), count_text(row.regions), count_text(row.objects))


def holder_cells(row: BufferHolder) -> Line:
    """A row of ``HOLDER_COLUMNS``."""
    return line_of(row.type, size_text(row.size), count_text(row.objects))
