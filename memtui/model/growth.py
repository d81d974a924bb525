"""Growth: what changed between two censuses."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, eq=False)
class Growth:
    """What changed between ``since`` and ``until``, as columns of one length.

    Row ``i`` is ``names[i]`` with ``counts[i]`` objects and ``sizes[i]`` bytes at ``until``, which
    are ``count_deltas[i]`` and ``size_deltas[i]`` more than at ``since``.  A type keeps its row from
    one growth of a history to the next, whether it changed or not; ``changed[i]`` is 0 if it did not.
    ``growing`` types have more objects.  ``baseline`` names the start in words (``mark A``,
    ``last 5 min``).  Times are seconds since the epoch.
    """

    baseline: str
    since: float
    until: float
    names: Sequence[str]
    counts: Sequence[int]
    sizes: Sequence[int]
    count_deltas: Sequence[int]
    size_deltas: Sequence[int]
    changed: Sequence[int]
    growing: int

    @property
    def rows(self) -> list[int]:
        """The rows of the types that changed."""
        return list(compress(range(len(self.names)), self.changed))

    @property
    def minutes(self) -> float:
        """The span in minutes, never 0."""
        return max(self.until - self.since, 1e-3) / 60

    def per_minute(self, row: int) -> float:
        """Objects per minute of one row, over the span."""
        return self.count_deltas[row] / self.minutes


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment that growth is measured from; ``label`` is ``A``, ``B`` and so on."""

    label: str
    at: float
