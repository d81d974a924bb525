"""Growth in rounds: one leak grows in every round, a cache that fills grows in the first ones only."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial, reduce
from itertools import compress, pairwise
from operator import add, ne, or_, sub
from typing import TYPE_CHECKING, overload

from memtui.model.rounds import Rounds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from memtui.model.census import Census


def rounds(censuses: Sequence[Census], baseline: str) -> Rounds:
    """What changed from each of ``censuses``, two at least, to the next.

    Names keep their place from one to the next, new ones stand behind them, as the censuses of one
    session and those of one history do.  ``baseline`` says in words since when.
    """
    names = censuses[-1].names
    moments = [census.at for census in censuses]
    count_table = [_padded(census.counts, len(names)) for census in censuses]
    size_table = [_padded(census.sizes, len(names)) for census in censuses]
    # Column by column, for a dashboard does this for ten thousand types every other second.
    moved = _any(map(ne, *pair) for table in (count_table, size_table) for pair in pairwise(table))
    rows = list(compress(range(len(names)), moved))
    counts = [list(compress(column, moved)) for column in count_table]
    sizes = [list(compress(column, moved)) for column in size_table]
    count_steps = [list(map(sub, after, before)) for before, after in pairwise(counts)]
    size_steps = [list(map(sub, after, before)) for before, after in pairwise(sizes)]
    changes = [
        [count or size for count, size in zip(*steps, strict=True)]
        for steps in zip(count_steps, size_steps, strict=True)
    ]
    return Rounds(
        baseline=baseline,
        since=moments[0],
        until=moments[-1],
        names=[names[row] for row in rows],
        counts=counts[-1],
        sizes=sizes[-1],
        old_counts=counts[0],
        old_sizes=sizes[0],
        moments=moments,
        round_deltas=list(map(list, zip(*count_steps, strict=True))),
        grown=_how_many(map((0).__lt__, steps) for steps in changes),
        shrunk=_how_many(map((0).__gt__, steps) for steps in changes),
        steadiness=_Steadiness(moments, counts, sizes),
    )


class _Steadiness(Sequence[float | None]):
    """:func:`steadiness_of` each row, worked out when it is asked for: few rows are on the screen."""

    def __init__(
        self, moments: list[float], counts: list[list[int]], sizes: list[list[int]]
    ) -> None:
        self._moments, self._counts, self._sizes = moments, counts, sizes

    def __len__(self) -> int:
        return len(self._counts[0])

    @overload
    def __getitem__(self, row: int) -> float | None: ...

    @overload
    def __getitem__(self, row: slice) -> list[float | None]: ...

    def __getitem__(self, row: int | slice) -> float | list[float | None] | None:
        if isinstance(row, slice):
            return [self[each] for each in range(len(self))[row]]
        counts = [column[row] for column in self._counts]
        constant = min(counts) == max(counts)
        return steadiness_of(
            self._moments, [column[row] for column in self._sizes] if constant else counts
        )


def steadiness_of(moments: Sequence[float], values: Sequence[int]) -> float | None:
    """r² of ``values`` against time: 1 on a straight line, near 0 where time explains nothing.

    None for less than three values, which any line fits, and 0 where they do not change.
    """
    if len(values) < 3:
        return None
    mean_at, mean = sum(moments) / len(moments), sum(values) / len(values)
    at = [moment - mean_at for moment in moments]
    off = [value - mean for value in values]
    spread = sum(x * x for x in at) * sum(y * y for y in off)
    if not spread:
        return 0.0
    together = sum(x * y for x, y in zip(at, off, strict=True))
    return min(1.0, together * together / spread)


def _padded(values: Sequence[int], width: int) -> list[int]:
    """Types that were not known at a moment were not there."""
    return [*values, *[0] * (width - len(values))]


def _any(columns: Iterable[Iterable[bool]]) -> list[bool]:
    """For each row, whether it is true in any of ``columns``."""
    return list(reduce(partial(map, or_), columns))


def _how_many(columns: Iterable[Iterable[bool]]) -> list[int]:
    """For each row, in how many of ``columns`` it is true."""
    return list(reduce(partial(map, add), columns))
