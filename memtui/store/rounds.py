"""Growth in rounds: one leak grows in every round, a cache that fills grows in the first ones only."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from memtui.model.rounds import Rounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memtui.model.census import Census


def rounds(censuses: Sequence[Census], baseline: str) -> Rounds:
    """What changed from each of ``censuses``, two at least, to the next.

    Names keep their place from one to the next, new ones stand behind them, as the censuses of one
    session and those of one history do.  ``baseline`` says in words since when.
    """
    names = censuses[-1].names
    moments = [census.at for census in censuses]
    rows, round_deltas, grown, shrunk, steadiness = [], [], [], [], []
    count_table = [_padded(census.counts, len(names)) for census in censuses]
    size_table = [_padded(census.sizes, len(names)) for census in censuses]
    for row, counts in enumerate(zip(*count_table, strict=True)):
        sizes = [column[row] for column in size_table]
        if _constant(counts) and _constant(sizes):
            continue
        changes = list(zip(_steps(counts), _steps(sizes), strict=True))
        rows.append(row)
        round_deltas.append([count for count, _ in changes])
        grown.append(sum((count or size) > 0 for count, size in changes))
        shrunk.append(sum((count or size) < 0 for count, size in changes))
        steadiness.append(steadiness_of(moments, sizes if _constant(counts) else counts))
    return Rounds(
        baseline=baseline,
        since=moments[0],
        until=moments[-1],
        names=[names[row] for row in rows],
        counts=[count_table[-1][row] for row in rows],
        sizes=[size_table[-1][row] for row in rows],
        old_counts=[count_table[0][row] for row in rows],
        old_sizes=[size_table[0][row] for row in rows],
        moments=moments,
        round_deltas=round_deltas,
        grown=grown,
        shrunk=shrunk,
        steadiness=steadiness,
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


def _constant(values: Sequence[int]) -> bool:
    return min(values) == max(values)


def _steps(values: Sequence[int]) -> list[int]:
    return [after - before for before, after in pairwise(values)]
