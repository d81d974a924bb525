"""Growth: what changed between two censuses."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import compress, repeat
from operator import gt, or_, sub
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, eq=False)
class Growth:
    """What changed between ``since`` and ``until``, as columns of one length.

    Row ``i`` is ``names[i]`` with ``counts[i]`` objects and ``sizes[i]`` bytes at ``until``, and
    ``old_counts[i]`` and ``old_sizes[i]`` at ``since``.  A type keeps its row from one growth of a
    history to the next, whether it changed or not; what is told of all rows is computed when it is
    asked for.  ``baseline`` says in words against what (``mark A``, ``last 5 min``).  Times are
    seconds since the epoch.
    """

    baseline: str
    since: float
    until: float
    names: Sequence[str]
    counts: Sequence[int]
    sizes: Sequence[int]
    old_counts: Sequence[int]
    old_sizes: Sequence[int]

    @cached_property
    def count_deltas(self) -> Sequence[int]:
        """By how many objects each type grew."""
        return list(map(sub, self.counts, self.old_counts))

    @cached_property
    def size_deltas(self) -> Sequence[int]:
        """By how many bytes each type grew."""
        return list(map(sub, self.sizes, self.old_sizes))

    @cached_property
    def changed(self) -> Sequence[int]:
        """0 for a type whose count and size are as before."""
        return list(map(or_, self.size_deltas, self.count_deltas))

    @cached_property
    def growing(self) -> int:
        """Of how many types there are more objects."""
        return list(map(gt, self.count_deltas, repeat(0))).count(True)

    @property
    def rows(self) -> list[int]:
        """The rows of the types that changed."""
        return list(compress(range(len(self.names)), self.changed))

    def deltas(self, row: int) -> tuple[int, int]:
        """By how many objects and by how many bytes the type of one row grew."""
        return self.counts[row] - self.old_counts[row], self.sizes[row] - self.old_sizes[row]

    @property
    def minutes(self) -> float:
        """The span in minutes, never 0."""
        return max(self.until - self.since, 1e-3) / 60

    def per_minute(self, row: int) -> float:
        """Objects per minute of one row, over the span."""
        return self.deltas(row)[0] / self.minutes


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment that growth is measured from; ``label`` is ``A``, ``B`` and so on."""

    label: str
    at: float
