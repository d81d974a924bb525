"""Verb ``collect``: force a collection, and see what it freed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from memtui.model.cost import Cost
from memtui.model.safe import TypeName
from memtui.verbs.asking import Count, Instant, Milliseconds
from memtui.verbs.collector import Collector

if TYPE_CHECKING:
    from memtui.verbs.asking import Asks, OnProgress


class Freed(NamedTuple):
    """Objects of one type that were gone after a collection; ``size`` in bytes."""

    type: TypeName
    count: int  # type: ignore[assignment] # it hides tuple.count
    size: int


@dataclass(frozen=True, slots=True)
class Collection:
    """One forced collection.

    ``collected`` and ``uncollectable`` are the collector's own count, ``pause`` how long it took.
    ``freed`` is the difference of a census before and one after, so what the application made or
    dropped meanwhile is in it.  ``rss_before`` and ``rss_after`` are measured on this side.
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
