"""Rows from tracemalloc's snapshots: what is largest, what grows, whose code it is."""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from memtui.model.allocations import Allocation, Frame, Group, Scope, is_yours
from memtui.present.matching import matcher
from memtui.verbs.traces import NOTHING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from memtui.model.allocations import Frames
    from memtui.model.safe import FileName
    from memtui.verbs.allocations import Snapshot
    from memtui.verbs.traces import Sums


#: The most snapshots kept; at this number every other one between first and last is dropped.
_KEPT = 16


class SnapshotSeries:
    """The snapshots of one tracing, oldest first; ``taken`` also counts those that were dropped."""

    def __init__(self, snapshots: Iterable[Snapshot] = ()) -> None:
        self.snapshots: list[Snapshot] = []
        self.taken = 0
        self._tables: dict[tuple[int, Group, Scope, str | None], Mapping[Frames, Sums]] = {}
        for snapshot in snapshots:
            self.add(snapshot)

    def add(self, snapshot: Snapshot) -> None:
        """Append the newest snapshot."""
        if len(self.snapshots) == _KEPT:
            del self.snapshots[1:-1:2]
            self._tables.clear()
        self.snapshots.append(snapshot)
        self.taken += 1

    @property
    def spelled(self) -> Mapping[FileName, str]:
        """The target's spelling of file names that are shown differently, from the last snapshot."""
        return self.snapshots[-1].tables.spelled if self.snapshots else {}

    @property
    def span_s(self) -> float:
        """Seconds from the first to the last."""
        return self.snapshots[-1].at - self.snapshots[0].at if self.snapshots else 0.0

    def rows(
        self, group: Group, *, scope: Scope = Scope.ALL, glob: str | None = None
    ) -> list[Allocation]:
        """Every row of any snapshot, in no particular order."""
        tables = [self._table(each, group, scope, glob) for each in self.snapshots]
        times = [each.at for each in self.snapshots]
        keys = dict.fromkeys(key for table in tables for key in table)
        return [_row(key, tables, times) for key in keys]

    def _table(
        self, snapshot: Snapshot, group: Group, scope: Scope, glob: str | None
    ) -> Mapping[Frames, Sums]:
        key = (id(snapshot), group, scope, glob)
        if key not in self._tables:
            self._tables[key] = _grouped(snapshot, group, scope, glob)
        return self._tables[key]


def largest(rows: Iterable[Allocation]) -> list[Allocation]:
    """The rows that hold something now, the largest first."""
    return sorted((r for r in rows if r.bytes), key=lambda r: (-r.bytes, -r.blocks, r.frames))


def growing(rows: Iterable[Allocation]) -> list[Allocation]:
    """The rows that changed: the steadiest and fastest growth first, then the others."""
    changed = (r for r in rows if r.grew or r.shrank)
    return sorted(changed, key=lambda r: (-r.score, -r.bytes_delta, r.frames))


def _grouped(
    snapshot: Snapshot, group: Group, scope: Scope, glob: str | None
) -> Mapping[Frames, Sums]:
    """The sums of one snapshot, by the frames of each row."""
    source: Iterable[tuple[Frames, Sums]]
    if group is Group.TRACEBACK or scope is not Scope.ALL:
        source = snapshot.tables.stacks.items()
    else:
        source = (((frame,), sums) for frame, sums in snapshot.tables.lines.items())
    matches = cache(lambda file: glob is None or matches_path(file, glob))
    yours = cache(is_yours)
    table: dict[Frames, Sums] = {}
    for stack, sums in source:
        place = _place(stack, scope, yours)
        if place is None:
            continue
        if group is Group.TRACEBACK:
            key = stack
            wanted = any(matches(frame.file) for frame in stack)
        else:
            key = (place if group is Group.LINE else Frame(place.file, 0),)
            wanted = matches(place.file)
        if wanted:
            table[key] = table.get(key, NOTHING) + sums
    return table


def _place(stack: Frames, scope: Scope, yours: Callable[[str], bool]) -> Frame | None:
    """The frame of ``stack`` that is charged in ``scope``; None if the stack is out of scope."""
    if scope is Scope.ALL:
        return stack[0]
    mine = next((frame for frame in stack if yours(frame.file)), None)
    if scope is Scope.YOURS:
        return mine
    return stack[0] if mine is None else None


def matches_path(file: str, glob: str) -> bool:
    """Whether the path, or its end after a slash, matches: ``shop/*.py`` matches ``/app/shop/a.py``."""
    return _path_matcher(glob)(file)


@lru_cache(64)
def _path_matcher(globs: str) -> Callable[[str], bool]:
    ends = []
    for each in map(str.strip, globs.split(",")):
        sign, pattern = ("!", each[1:]) if each.startswith("!") else ("", each)
        ends += [f"{sign}{pattern}", f"{sign}*/{pattern}"]
    return matcher(",".join(ends))


def _row(
    key: Frames, tables: Sequence[Mapping[Frames, Sums]], times: Sequence[float]
) -> Allocation:
    points = [table.get(key, NOTHING) for table in tables]
    sizes = [point.bytes for point in points]
    steps = [after - before for before, after in pairwise(sizes)]
    rate, fit = slope(times, sizes)
    return Allocation(
        frames=key,
        bytes=sizes[-1],
        blocks=points[-1].blocks,
        bytes_delta=sizes[-1] - sizes[0],
        blocks_delta=points[-1].blocks - points[0].blocks,
        bytes_per_s=rate,
        fit=fit,
        grew=sum(step > 0 for step in steps),
        shrank=sum(step < 0 for step in steps),
        rounds=len(steps),
    )


def slope(times: Sequence[float], values: Sequence[float]) -> tuple[float, float]:
    """The slope of the least-squares line, and r², the share of the change that it explains.

    (0, 0) with fewer than two moments.
    """
    count = len(times)
    if count < 2:
        return 0.0, 0.0
    middle, mean = sum(times) / count, sum(values) / count
    spread = sum((t - middle) ** 2 for t in times)
    change = sum((v - mean) ** 2 for v in values)
    if not spread or not change:
        return 0.0, 0.0
    both = sum((t - middle) * (v - mean) for t, v in zip(times, values, strict=True))
    return both / spread, both * both / (spread * change)
