"""The ring of censuses: what grew since a mark or over a window, and the trend of each type.

All censuses are columns over one list of names.  The list only grows, so two censuses compare row by
row without a lookup, with 10,000 types at every tick.
"""

from __future__ import annotations

import dataclasses
import math
from bisect import bisect_left, bisect_right
from operator import attrgetter
from typing import TYPE_CHECKING

from memtui.model.growth import Growth, Mark
from memtui.numbers import column, flags, np, numbers
from memtui.store.rounds import rounds
from memtui.verbs.asking import Figures, Names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memtui.model.rounds import Rounds
    from memtui.numbers import Numbers
    from memtui.verbs.census import Census

#: Bytes of a census in addition to its columns: the record, the array headers, its place in the ring.
_OVERHEAD = 400

_at = attrgetter("at")


class History:
    """Censuses of one process, oldest first, bounded by age and by memory.

    A census that is more than ``max_age_s`` seconds older than the latest is dropped.  When all
    columns together take more than ``max_bytes``, the ring is thinned out, not shortened: the time
    span stays, and gaps widen in proportion to their age.  A mark keeps its own census for good, so
    each mark costs one census.  The latest census is never dropped.

    A census of another session (after attaching again) may have its names in another order;
    :meth:`add` brings it into the order of this history.
    """

    def __init__(self, *, max_age_s: float = 1800, max_bytes: int = 64 << 20) -> None:
        self.max_age_s = max_age_s
        self.max_bytes = max_bytes
        self._ring: list[Census] = []
        self._ring_bytes = 0
        self._marked: dict[str, tuple[Mark, Census]] = {}
        self._names = Names()
        self._rows: dict[str, int] = {}
        self._foreign: tuple[Sequence[str], list[int]] | None = None
        self._samples: dict[tuple[int, float | None], list[Numbers]] = {}

    def __len__(self) -> int:
        return len(self._ring)

    @property
    def latest(self) -> Census | None:
        """The latest census; None before the first."""
        return self._ring[-1] if self._ring else None

    @property
    def oldest(self) -> Census | None:
        """The oldest census of the ring; None before the first."""
        return self._ring[0] if self._ring else None

    @property
    def memory_bytes(self) -> int:
        """The memory of all columns, marks included; names are shared and not counted."""
        ring = {id(census) for census in self._ring}
        marked = {id(census): census for _, census in self._marked.values()}
        alone = (_bytes(census) for key, census in marked.items() if key not in ring)
        return self._ring_bytes + sum(alone)

    def add(self, census: Census) -> Census:
        """Append ``census`` and return it over the names of this history.

        A census older than the latest means that the target's clock was set back.  Then the ring
        starts again with it, because a span that goes backwards means nothing.
        """
        if self._ring and census.at < self._ring[-1].at:
            self._ring.clear()
            self._ring_bytes = 0
        kept = self._adopt(census)
        self._ring.append(kept)
        self._ring_bytes += _bytes(kept)
        self._forget()
        self._samples.clear()
        return kept

    @property
    def marks(self) -> tuple[Mark, ...]:
        """All marks, oldest first."""
        return tuple(mark for mark, _ in self._marked.values())

    def mark(self) -> Mark:
        """Set a mark at the latest census; labels go ``A``, ``B``, … ``Z``, ``AA`` and so on.

        Raises LookupError before the first census.
        """
        if not self._ring:
            raise LookupError("there is no census to mark yet")
        latest = self._ring[-1]
        mark = Mark(_label(len(self._marked)), latest.at)
        self._marked[mark.label] = (mark, latest)
        return mark

    def growth(self, baseline: Mark | float) -> Growth | None:
        """What changed from ``baseline`` to the latest census.

        ``baseline`` is one of :attr:`marks`, or a window in seconds.  A window starts at the census
        that was the latest at that time, or at the oldest one (``math.inf``: always the oldest).
        None if the window has fewer than two censuses; a mark at the latest census gives a growth of
        nothing.  Raises LookupError for a mark of another history.
        """
        if not self._ring:
            return None
        until = self._ring[-1]
        if isinstance(baseline, Mark):
            known = self._marked.get(baseline.label)
            if known is None or known[0] != baseline:
                raise LookupError(f"there is no mark {baseline.label} at that time")
            return _difference(f"mark {baseline.label}", known[1], until, self._names)
        since = self._at_or_before(until.at - baseline)
        if since is until:
            return None
        return _difference(_window_text(baseline), since, until, self._names)

    def rounds(self, count: int, baseline: Mark | float) -> Rounds | None:
        """What changed since ``baseline``, cut into ``count`` rounds, or fewer if censuses are missing.

        None with fewer than two censuses.  Raises LookupError for a mark of another history.
        """
        growth = self.growth(baseline)
        if growth is None or growth.since >= growth.until:
            return None
        step = (growth.until - growth.since) / count
        moments = [growth.since + step * number for number in range(count)]
        taken = {id(each): each for each in (*map(self._at_or_before, moments), self._ring[-1])}
        if isinstance(baseline, Mark):
            # The ring may have dropped the census that the mark has kept.
            first = self._marked[baseline.label][1]
            taken = {id(first): first} | {
                key: each for key, each in taken.items() if each.at > first.at
            }
        if len(taken) < 2:
            return None
        return rounds(list(taken.values()), growth.baseline)

    def trend(self, name: str, points: int = 16, span_s: float | None = None) -> list[int]:
        """The row of :meth:`trends` for type ``name``; empty if that type was never counted."""
        return self.trends([name], points, span_s)[0].tolist() if name in self._rows else []

    def trends(
        self, names: Sequence[str], points: int = 16, span_s: float | None = None
    ) -> Numbers:
        """Counts of types at up to ``points`` moments of the last ``span_s`` seconds.

        One row per name, one column per moment; zeros for a name that was never counted.  The
        moments are evenly spread and end with the latest census (``span_s`` None: over the whole
        ring).  With fewer censuses than points there is one column per census.
        """
        columns = self._samples.get((points, span_s))
        if columns is None:
            columns = self._samples[points, span_s] = self._sampled(points, span_s)
        # Each column ends with an extra zero; names that the census does not have point at it.
        rows = np.fromiter((self._rows.get(name, -1) for name in names), np.intp, len(names))
        found = [each[np.where(rows < len(each) - 1, rows, -1)] for each in columns]
        return np.column_stack(found) if found else np.empty((len(names), 0), np.int64)

    def _sampled(self, points: int, span_s: float | None) -> list[Numbers]:
        """The columns of counts at those moments, each with an extra zero at the end."""
        chosen = self._chosen(points, span_s) if self._ring and points > 0 else []
        return [np.append(numbers(census.counts), 0) for census in chosen]

    def _chosen(self, points: int, span_s: float | None) -> list[Census]:
        ring = self._ring
        first = 0 if span_s is None else bisect_left(ring, ring[-1].at - span_s, key=_at)
        if len(ring) - first <= points:
            return ring[first:]
        end = ring[-1].at
        begin = max(ring[first].at, end - span_s) if span_s is not None else ring[first].at
        step = (end - begin) / max(1, points - 1)
        moments = [begin + step * number for number in range(points - 1)]
        return [*map(self._at_or_before, moments), ring[-1]]

    def _at_or_before(self, moment: float) -> Census:
        """The census that was the latest at ``moment``; the oldest for an earlier moment."""
        return self._ring[max(0, bisect_right(self._ring, moment, key=_at) - 1)]

    def _adopt(self, census: Census) -> Census:
        """``census`` over our names."""
        counts, sizes = numbers(census.counts), numbers(census.sizes)
        if not self._continues(census.names):
            rows = self._foreign_rows(census.names)
            counts, sizes = (
                _rearranged(values, rows, len(self._names)) for values in (counts, sizes)
            )
        elif census.names is self._names:
            return census
        return dataclasses.replace(
            census,
            names=self._names,
            counts=Figures(column(counts).tobytes()),
            sizes=Figures(column(sizes).tobytes()),
        )

    def _continues(self, names: Names) -> bool:
        """Whether ``names`` begins with our names; then the new ones at its end become ours, too."""
        if names is self._names:
            return True
        known = len(self._names)
        if len(names) < known or tuple(names[:known]) != self._names:
            return False
        for row, name in enumerate(names[known:], known):
            self._rows.setdefault(name, row)
        self._names = names
        return True

    def _foreign_rows(self, names: Sequence[str]) -> list[int]:
        """Our row for each of ``names``; looked up once per names tuple of the other session."""
        if self._foreign is not None and self._foreign[0] is names:
            return self._foreign[1]
        new = [name for name in dict.fromkeys(names) if name not in self._rows]
        for row, name in enumerate(new, len(self._names)):
            self._rows[name] = row
        self._names = Names((*self._names, *new))
        rows = [self._rows[name] for name in names]
        self._foreign = (names, rows)
        return rows

    def _forget(self) -> None:
        """Drop what is too old, then thin out until the ring fits its memory."""
        too_old = bisect_left(self._ring, self._ring[-1].at - self.max_age_s, key=_at)
        self._drop(slice(0, too_old))
        while self._ring_bytes > self.max_bytes and len(self._ring) > 1:
            row = self._least_missed()
            self._drop(slice(row, row + 1))

    def _least_missed(self) -> int:
        """The census that leaves the smallest gap, relative to its age; never the first or the last."""
        times = [census.at for census in self._ring]
        now = times[-1]
        gaps = [
            (after - before) / (now - at)
            for before, at, after in zip(times, times[1:-1], times[2:], strict=False)
            if at < now
        ]
        return gaps.index(min(gaps)) + 1 if gaps else 0

    def _drop(self, which: slice) -> None:
        self._ring_bytes -= sum(map(_bytes, self._ring[which]))
        del self._ring[which]


def rounds_between(censuses: Sequence[Census]) -> Rounds:
    """What changed from each of ``censuses`` to the next, whatever the order of their names."""
    history = History(max_age_s=math.inf, max_bytes=1 << 40)
    return rounds([history.add(census) for census in censuses], "first count")


def _difference(baseline: str, since: Census, until: Census, names: Sequence[str]) -> Growth:
    counts = numbers(until.counts) - numbers(since.counts, len(names))
    sizes = numbers(until.sizes) - numbers(since.sizes, len(names))
    return Growth(
        baseline=baseline,
        since=since.at,
        until=until.at,
        names=names,
        counts=until.counts,
        sizes=until.sizes,
        count_deltas=column(counts),
        size_deltas=column(sizes),
        changed=flags((counts != 0) | (sizes != 0)),
        growing=int(np.count_nonzero(counts > 0)),
    )


def _window_text(seconds: float) -> str:
    if seconds == math.inf:
        return "first census"
    minutes, rest = divmod(seconds, 60)
    return f"last {seconds:g} s" if rest or not minutes else f"last {minutes:g} min"


def _rearranged(values: Numbers, rows: Sequence[int], width: int) -> Numbers:
    moved = np.zeros(width, np.int64)
    np.add.at(moved, rows, values)
    return moved


def _bytes(census: Census) -> int:
    return 8 * (len(census.counts) + len(census.sizes)) + _OVERHEAD


def _label(number: int) -> str:
    """``A`` for 0, ``Z`` for 25, ``AA`` for 26, as spreadsheets name their columns."""
    label = ""
    number += 1
    while number:
        number, digit = divmod(number - 1, 26)
        label = chr(ord("A") + digit) + label
    return label
