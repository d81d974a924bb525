"""Verb ``collector``: the garbage collector as it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from memtui.model.cost import Cost
from memtui.verbs.asking import Count

if TYPE_CHECKING:
    from memtui.verbs.asking import Asks


class Generation(NamedTuple):
    """One generation: its threshold and count now, and its totals since the process began."""

    threshold: int
    count: int  # type: ignore[assignment] # it hides tuple.count
    collections: int
    collected: int
    uncollectable: int


@dataclass(frozen=True, slots=True)
class Collector:
    """The collector's settings and counters.

    ``frozen`` counts objects in the permanent generation, ``garbage`` those in ``gc.garbage``.
    """

    enabled: bool
    generations: tuple[Generation, ...]
    frozen: Count
    garbage: Count
    debug: int
    callbacks: Count
    cost: Cost = field(default_factory=Cost)


async def collector(session: Asks, *, timeout: float | None = None) -> Collector:
    """The collector's settings and counters."""
    return await session.ask("collector", {}, Collector, timeout=timeout)
