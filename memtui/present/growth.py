"""Growth as a table: what changed between two counts, or in rounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memtui.present.columns import Column
from memtui.present.spans import Span, change_tone
from memtui.present.text import (
    count_text,
    counted,
    rate_text,
    rounds_text,
    size_text,
    steadiness_text,
)

if TYPE_CHECKING:
    from memtui.model.growth import Growth
    from memtui.model.rounds import Rounds
    from memtui.present.spans import Line

TREND_POINTS = 12

TYPE = Column("type", "type", 18, 100, "left", True, 72, "ascending", "end")
TOTALS = (Column("total", "count", 11, 30), Column("whole", "size", 8, 20))
CHANGES = (
    Column("count", "Δ count", 10, 80),
    Column("size", "Δ size", 9, 90),
    Column("rate", "per min", 9, 70),
)
TREND = Column("trend", "trend", TREND_POINTS, 10, sorts=None)
REGULARITY = (Column("grew", "grew", 7, 85), Column("steady", "steady", 8, 60))


def totals(growth: Growth, row: int) -> Line:
    """The cells of ``TOTALS``."""
    return (Span(count_text(growth.counts[row])), Span(size_text(growth.sizes[row])))


def changes(growth: Growth, row: int) -> Line:
    """The cells of ``CHANGES``."""
    count, size = growth.count_deltas[row], growth.size_deltas[row]
    return (
        Span(count_text(count, signed=True), change_tone(count)),
        Span(size_text(size, signed=True), change_tone(size)),
        Span(rate_text(growth.per_minute(row)), change_tone(count)),
    )


def regularity(growth: Rounds, row: int) -> Line:
    """The cells of ``REGULARITY``."""
    grew = rounds_text(growth.grown[row], growth.total)
    return (
        Span(grew, "grow" if growth.always_grew(row) else ""),
        Span(steadiness_text(growth.steadiness[row]), "dim"),
    )


def always_text(growth: Rounds) -> str:
    """How many types are likely to be leaks."""
    if not growth.always:
        return f"no type grew in every one of {counted(growth.total, 'round')}"
    return f"{counted(growth.always, 'type')} grew in every one of {counted(growth.total, 'round')}"
