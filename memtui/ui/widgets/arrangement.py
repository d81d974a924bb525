"""The order in which a table shows its rows, found as far down as somebody looks."""

from __future__ import annotations

from array import array
from itertools import compress, repeat
from operator import ge, le
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from memtui.ui.widgets.sheet import Pattern, Sheet

AHEAD = 120
"""Rows that are put in order before anybody asks: more than a screen has lines."""

_MANY = 10 * AHEAD
"""So many candidates for the first rows are no better than all rows."""


class Arrangement:
    """The rows of ``sheet`` that are present and pass ``pattern``, in the order of column ``by``.

    Rows of equal value stand in the order of the sheet.  As long as nobody looks further down, only
    the first are sorted: of 10,000 rows that change at every tick, one sees a screen.  ``before`` is
    the arrangement that this one takes the place of, which knows how large the first are.
    """

    def __init__(
        self,
        sheet: Sheet,
        *,
        by: str | None = None,
        descending: bool = True,
        pattern: Pattern | None = None,
        before: Arrangement | None = None,
    ) -> None:
        self._column = (by, descending)
        values = None if by is None else sheet.values.get(by)
        # A list gives its items without making them anew.
        self._values = values.tolist() if isinstance(values, array) else values
        self._rows: Sequence[int] = range(len(sheet.keys))
        self._present = sheet.present
        if pattern is not None:
            self._rows, self._present = _matching(sheet, pattern), None
        absent = 0 if self._present is None else self._present.count(0)
        self._length = len(self._rows) - absent
        self._all: Sequence[int] | None = None
        self._limit: Any = None if before is None else before.limit_of(by, descending=descending)
        self._first = self._find_first()

    def limit_of(self, by: str | None, *, descending: bool) -> Any:
        """A value that the first rows have or surpass, and few others; None for another order."""
        return self._limit if (by, descending) == self._column else None

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[int]:
        return iter(self._sorted())

    def __getitem__(self, line: int) -> int:
        """The row on ``line``."""
        return self._first[line] if line < len(self._first) else self._sorted()[line]

    def line_of(self, row: int) -> int | None:
        """The line that ``row`` is on, None if it is left out."""
        if row in self._first:
            return self._first.index(row)
        try:
            return self._sorted().index(row)
        except ValueError:
            return None

    def _find_first(self) -> Sequence[int]:
        """At least the first AHEAD rows, if there are as many."""
        first: Sequence[int] = ()
        if self._limit is not None and self._length > _MANY and isinstance(self._rows, range):
            first = self._kept(self._not_behind(self._limit))
        first = self._in_order(first) if AHEAD <= len(first) <= _MANY else self._sorted()
        if first and self._values is not None:
            # A little change lets some rows pass that were behind, and leaves enough before.
            self._limit = self._values[first[min(len(first), 2 * AHEAD) - 1]]
        return first

    def _not_behind(self, limit: Any) -> list[int]:
        """The rows whose value is the limit, or better."""
        values = self._values or ()
        reaches = map(le if self._column[1] else ge, repeat(limit), values)
        return list(compress(range(len(values)), reaches))

    def _sorted(self) -> Sequence[int]:
        if self._all is None:
            self._all = self._in_order(self._kept(self._rows))
        return self._all

    def _kept(self, rows: Sequence[int]) -> Sequence[int]:
        """Those of ``rows`` that are present."""
        present = self._present
        return rows if present is None else [row for row in rows if present[row]]

    def _in_order(self, rows: Sequence[int]) -> Sequence[int]:
        if self._values is None:
            return rows
        return sorted(rows, key=self._values.__getitem__, reverse=self._column[1])


def _matching(sheet: Sheet, pattern: Pattern) -> list[int]:
    """The rows that are present and pass."""
    search = sheet.keys if sheet.search is None else sheet.search
    present, matches = sheet.present, pattern.matches
    return [
        row
        for row, text in enumerate(search)
        if (present is None or present[row]) and matches(str(text))
    ]
