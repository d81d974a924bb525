"""Verb ``collect``: force a collection, and see what it freed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from memtui.model.cost import Cost
from memtui.model.safe import TypeName
from memtui.present.columns import Column
from memtui.present.spans import line_of
from memtui.present.text import count_text, size_text
from memtui.verbs.asking import Count, Instant, Milliseconds
from memtui.verbs.collector import Collector

if TYPE_CHECKING:
    from memtui.present.spans import Line
    from memtui.verbs.asking import Asks, OnProgress

COLUMNS = (
    Column("type", "freed type", 18, 100, "left", True, 72, "ascending", "end"),
    Column("count", "count", 11, 80),
    Column("size", "size", 8, 90),
)


class Freed(NamedTuple):
    """Objects of one type that were gone after a collection; ``size`` in bytes."""

    type: TypeName
    count: int  # type: ignore[assignment] # it hides tuple.count
    size: int


@dataclass(frozen=True, slots=True)
class Collection:
    """One forced collection.

    ``collected`` and ``uncollectable`` are the collector's own count, ``pause`` how long it took.
    ``freed`` is the difference of a census before and one after; it includes objects that the
    application made or dropped meanwhile.  ``agrees`` says whether its sum is the collector's own number.
    ``made`` is False if another collection was running in the process: then this one did not happen.
    ``rss_before`` and ``rss_after`` are measured on this side.
    """

    at: Instant
    generation: int
    collected: int
    uncollectable: int
    pause: Milliseconds
    freed: tuple[Freed, ...]
    state: Collector
    rss_before: Count | None = None
    rss_after: Count | None = None
    made: bool = True
    agrees: bool = True
    cost: Cost = field(default_factory=Cost)


async def collect(
    session: Asks,
    generation: int = 2,
    *,
    progress: OnProgress | None = None,
    timeout: float | None = None,
) -> Collection:
    """Force a collection of ``generation`` (0–2), and see what it freed.

    RSS is read right before the request and right after its answer.  Raises ReadOnly on a read-only
    session.
    """
    before = session.rss()
    answer = await session.ask(
        "collect", {"generation": generation}, Collection, timeout=timeout, progress=progress
    )
    return replace(answer, rss_before=before, rss_after=session.rss())


def cells(row: Freed) -> Line:
    """A row of the table."""
    return line_of(row.type, count_text(row.count), size_text(row.size))
