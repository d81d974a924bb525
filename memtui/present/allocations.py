"""Allocations as a table: what is largest, and what grows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from memtui.model.allocations import Scope
from memtui.present.columns import Column
from memtui.present.spans import Span, change_tone
from memtui.present.text import count_text, rounds_text, size_text

if TYPE_CHECKING:
    from memtui.model.allocations import Allocation, Frame
    from memtui.present.spans import Line

PLACE = Column("place", "allocated at", 20, 100, "left", True, 90, "ascending", "end")
TOTALS = (Column("size", "size", 9, 90), Column("blocks", "blocks", 9, 60))
CHANGES = (
    Column("delta", "Δ size", 9, 80),
    Column("rate", "per min", 10, 85),
    Column("grew", "grew", 7, 70),
)
BLOCKS_DELTA = Column("blocks-delta", "Δ blocks", 9, 50)
SOURCE = Column("source", "source", 12, 10, "left", True, sorts=None)
GREW_AT = replace(PLACE, title="grew at")

SCOPES = {Scope.ALL: "", Scope.YOURS: " of your code", Scope.LIBRARIES: " of libraries alone"}

_ENDINGS = {
    "": "",
    "near-budget": "it ended early: tracing's memory came close to its budget",
    "budget": "it ended early: tracing's memory exceeded its budget",
    "time": "it ended early: the agent's time limit for tracing was reached",
    "application": "it ended early: the application stopped tracing",
    "cost": "it ended early: the next snapshot would have stalled the process",
}


def place(frame: Frame) -> str:
    """A frame as it is written: ``file:line``."""
    return f"{frame.file}:{frame.line}" if frame.line else frame.file


def totals(row: Allocation) -> Line:
    """The cells of ``TOTALS``."""
    return (Span(size_text(row.bytes)), Span(count_text(row.blocks)))


def changes(row: Allocation) -> Line:
    """The cells of ``CHANGES``."""
    tone = change_tone(row.bytes_delta)
    delta = rate = "–"
    if row.rounds:
        delta = size_text(row.bytes_delta, signed=True)
        rate = size_text(row.bytes_per_s * 60, signed=True)
    return (
        Span(delta, tone),
        Span(rate, tone),
        Span(rounds_text(row.grew, row.rounds), tone if row.steadiness > 0.5 else "dim"),
    )


def blocks_delta(row: Allocation) -> Span:
    """The cell of ``BLOCKS_DELTA``."""
    return Span(count_text(row.blocks_delta, signed=True), change_tone(row.blocks_delta))


def ending_text(ended: str) -> str:
    """Why a measurement ended early, in words; "" if it did not."""
    return _ENDINGS.get(ended, ended)
