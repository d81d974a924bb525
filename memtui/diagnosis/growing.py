"""Which types are growing: by how much, in how many rounds, and whether a collection undoes it."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from memtui.model.report import GrowingType

if TYPE_CHECKING:
    from memtui.model.growth import Growth
    from memtui.store.history import History

#: The default number of rounds that a history is cut into.
ROUNDS = 12
#: A type is growing if it grew by at least this many objects,
LEAST = 5
#: grew in at least this share of the rounds,
STEADY = 2 / 3
#: and shrank in at most this share of them.
SHRANK = 1 / 4


def least_growth(rounds: int) -> int:
    """From how many more objects on a type is growing, in so many rounds."""
    return max(LEAST, rounds)


def growing_names(history: History, rounds: int) -> list[str]:
    """The types that are growing so far, the fastest first."""
    grown = history.growth(math.inf)
    if grown is None:
        return []
    steps = max(1, min(rounds, len(history) - 1))
    return [row.name for row in growing_types(history, grown, steps, None)]


def growing_types(
    history: History,
    grown: Growth,
    steps: int,
    freed: dict[str, int] | None,
    unlisted: int = 0,
) -> list[GrowingType]:
    """Rows of ``grown`` that grew in most of ``steps`` rounds; ``freed`` is what a collection freed.

    It freed ``unlisted`` more, of types that nobody knows.

    The row that kept the most objects comes first.
    """
    rows = []
    for row, name in enumerate(grown.names):
        delta = grown.count_deltas[row]
        if delta < least_growth(steps):
            continue
        trend = tuple(history.trend(name, steps + 1))
        changes = [after - before for before, after in pairwise(trend)]
        grew, shrank = sum(c > 0 for c in changes), sum(c < 0 for c in changes)
        if grew < STEADY * steps or shrank > SHRANK * steps:
            continue
        rows.append(
            GrowingType(
                name=name,
                count=grown.counts[row],
                size=grown.sizes[row],
                count_delta=delta,
                size_delta=grown.size_deltas[row],
                per_minute=grown.per_minute(row),
                grew=grew,
                shrank=shrank,
                rounds=steps,
                trend=trend,
                freed=None if freed is None else freed.get(name, 0),
                unlisted=unlisted,
            )
        )
    rows.sort(key=lambda each: (-each.retained, -each.size_delta, each.name))
    return rows
