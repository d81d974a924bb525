"""Verb ``collector``: the state of the garbage collector."""

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


#: A threshold of the youngest generation that no version of Python has by itself.
RAISED = 10_000
#: The flag ``gc.DEBUG_SAVEALL``.
SAVE_ALL = 32
#: The versions whose collector works in increments.
INCREMENTAL = frozenset(f"3.14.{patch}" for patch in range(5))


@dataclass(frozen=True, slots=True)
class Collector:
    """The collector's settings and counters.

    ``frozen`` counts objects in the permanent generation, ``garbage`` those in ``gc.garbage``.
    ``generational`` is False on free-threaded builds: there each collection looks at all objects.
    """

    enabled: bool
    generations: tuple[Generation, ...]
    frozen: Count
    garbage: Count
    debug: int
    callbacks: Count
    generational: bool = True
    cost: Cost = field(default_factory=Cost)

    @property
    def is_raised(self) -> bool:
        """Whether the threshold of the youngest generation is higher than any version of Python has it."""
        return bool(self.generations) and self.generations[0].threshold >= RAISED

    @property
    def automatic(self) -> str:
        """Whether it collects by itself."""
        return "enabled" if self.enabled else "disabled by the application"


def collector_texts(state: Collector, python: str = "") -> list[str]:
    """What about the collector explains the figures: a sentence each, none for one with the usual settings."""
    texts = []
    threshold = state.generations[0].threshold if state.generations else 0
    if not state.enabled:
        texts.append("the collector is off: garbage in cycles stays until a collection is forced")
    elif state.generations and not threshold:
        texts.append(
            "the collector's threshold is 0: garbage in cycles stays until a collection is forced"
        )
    elif state.is_raised:
        texts.append(
            f"the collector's threshold was raised to {count_text(threshold)}: "
            "much garbage in cycles can wait before it is collected"
        )
    if state.debug & SAVE_ALL:
        texts.append(
            "gc.DEBUG_SAVEALL is set: what a collection finds stays in gc.garbage "
            f"({counted(state.garbage, 'object')}) and is not freed"
        )
    if not state.generational:
        texts.append(
            "this free-threaded build has no generations: each collection looks at all objects"
        )
    if python in INCREMENTAL:
        texts.append(
            f"Python {python} collects incrementally: garbage waits longer and can take up to five times "
            "the memory; 3.14.5 has the earlier collector again"
        )
    return texts


async def collector(session: Asks, *, timeout: float | None = None) -> Collector:
    """The collector's settings and counters."""
    return await session.ask("collector", {}, Collector, timeout=timeout)
