"""Verb ``census``: how many objects of each type there are, and how large they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from memtui.model.cost import Cost
from memtui.present.columns import Column
from memtui.present.spans import Span
from memtui.present.text import count_text, share_text, size_text
from memtui.verbs.asking import Count, Figures, Instant, Names

if TYPE_CHECKING:
    from memtui.present.spans import Line
    from memtui.verbs.asking import Asks, OnProgress

COLUMNS = (
    Column("type", "type", 16, 100, "left", True, 72, "ascending", "end"),
    Column("count", "count", 11, 90),
    Column("size", "size", 8, 80),
    Column("share", "%", 5, 10, sorts=None),
)


class Coverage(StrEnum):
    """Which objects a census counts: those that the collector tracks, or an estimate of all."""

    TRACKED = "tracked"
    ALL = "all"


@dataclass(frozen=True, eq=False)
class Census:
    """Objects by type, as columns of one length: row ``i`` is ``names[i], counts[i], sizes[i]``.

    ``names`` keep their place for the life of a session: a later census of the same session has
    the same names at the same rows, new ones behind them, and 0 where a type has vanished.
    ``sizes`` are shallow sizes in bytes, as ``sys.getsizeof`` would give, summed per type.
    ``frozen`` counts objects that ``gc.freeze()`` took out of the collector's sight: they are
    alive but in no row.  ``own`` counts memtui's objects, which are left out of all rows.
    """

    at: Instant
    names: Names
    counts: Figures
    sizes: Figures
    frozen: Count = 0
    own: Count = 0
    coverage: Coverage = Coverage.TRACKED
    cost: Cost = field(default_factory=Cost)

    def __post_init__(self) -> None:
        """Raise ValueError if the columns differ in length."""
        rows = len(self.names)
        for name, column in (("counts", self.counts), ("sizes", self.sizes)):
            if len(column) != rows:
                why = f"expected {rows} values, one for each name, got {len(column)}"
                raise ValueError(f"{name}: {why}")

    @cached_property
    def objects(self) -> int:
        """How many objects were counted, over all types."""
        return sum(self.counts)

    @cached_property
    def size(self) -> int:
        """Their shallow sizes together, bytes."""
        return sum(self.sizes)


async def census(
    session: Asks, *, progress: OnProgress | None = None, timeout: float | None = None
) -> Census:
    """Count all objects that the collector tracks, by type.

    While no type is new, censuses of one session share one ``names`` tuple.
    """
    # An earlier request may still bring names: count them only when it is this one's turn.
    return await session.ask(
        "census",
        lambda: {"since": len(session.names)},
        Census,
        timeout=timeout,
        progress=progress,
    )


def cells(name: str, count: int, size: int, whole: int, tone: str = "") -> Line:
    """A row of the table: one type, of ``whole`` bytes in all."""
    return (
        Span(name, tone),
        Span(count_text(count)),
        Span(size_text(size)),
        Span(share_text(size / whole if whole else 0.0), "dim"),
    )
