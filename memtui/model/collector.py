"""The garbage collector: its settings, and what a collection freed."""

from __future__ import annotations

from dataclasses import dataclass, field

from memtui.model.cost import Cost


@dataclass(frozen=True, slots=True)
class Generation:
    """One generation: its threshold and count now, and its totals since the process began."""

    threshold: int
    count: int
    collections: int
    collected: int
    uncollectable: int


@dataclass(frozen=True, slots=True)
class GcState:
    """The collector as it stands.  ``frozen`` counts objects in the permanent generation."""

    enabled: bool
    generations: tuple[Generation, ...]
    frozen: int
    garbage: int
    debug: int
    callbacks: int
    cost: Cost = field(default_factory=Cost)


@dataclass(frozen=True, slots=True)
class Freed:
    """Objects of one type that were gone after a collection; ``size`` in bytes."""

    type: str
    count: int
    size: int


@dataclass(frozen=True, slots=True)
class Collection:
    """One forced collection.

    ``collected`` and ``uncollectable`` are the collector's own count.  ``freed`` is the difference
    of a census before and one after, so what the application made or dropped meanwhile is in it.
    """

    at: float
    generation: int
    collected: int
    uncollectable: int
    pause_ms: float
    rss_before: int | None
    rss_after: int | None
    freed: tuple[Freed, ...]
    state: GcState
    cost: Cost = field(default_factory=Cost)
