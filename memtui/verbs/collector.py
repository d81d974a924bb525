"""Verb ``collector``: the garbage collector as it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from memtui.model.cost import Cost
from memtui.present.text import count_text, counted
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

    @property
    def fill(self) -> str:
        """How near it is to the next collection: ``  3/10``, of one width for one threshold."""
        threshold = count_text(self.threshold)
        return f"{count_text(self.count).rjust(len(threshold))}/{threshold}"

    @property
    def runs(self) -> str:
        """How often it was collected."""
        return f"run {counted(self.collections, 'time')}"


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

    @property
    def automatic(self) -> str:
        """Whether it collects by itself."""
        return "enabled" if self.enabled else "disabled by the application"


async def collector(session: Asks, *, timeout: float | None = None) -> Collector:
    """The collector's settings and counters."""
    return await session.ask("collector", {}, Collector, timeout=timeout)
