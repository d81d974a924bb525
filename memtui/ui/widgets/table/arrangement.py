"""The order of a table's rows, sorted only as far down as the user looks."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, TypeAlias

from memtui.numbers import np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from memtui.ui.widgets.table.filter import NameFilter
    from memtui.ui.widgets.table.sheet import Sheet

    Rows: TypeAlias = NDArray[np.intp]
    Keys: TypeAlias = NDArray[Any]

AHEAD = 240
"""Rows that are put in order before anybody asks: more than a screen has lines."""


class Arrangement:
    """The rows of ``sheet`` that are present and pass ``pattern``, in the order of column ``by``.

    Rows of equal value keep the order of the sheet.  As long as nobody looks further down, only
    the first are sorted: of 10,000 rows that change at every tick, one screen is visible.  ``before`` is
    the arrangement that this one takes the place of: it may have ranked the same values.
    """

    def __init__(
        self,
        sheet: Sheet,
        *,
        by: str | None = None,
        descending: bool = True,
        pattern: NameFilter | None = None,
        before: Arrangement | None = None,
    ) -> None:
        self._values = None if by is None else sheet.values.get(by)
        self._descending = descending
        known = None if before is None else before.keys_of(self._values, descending=descending)
        self._keys = _keys(self._values, descending=descending) if known is None else known
        self._rows = _shown(sheet, pattern)
        self._first: list[int] = self._in_order(self._head()).tolist()
        self._all: list[int] | None = None

    def keys_of(self, values: Sequence[Any] | None, *, descending: bool) -> Keys | None:
        """What puts rows in the order of ``values``, if that was found out here."""
        same = self._values is values and self._descending == descending
        return self._keys if same else None

    def __len__(self) -> int:
        return len(self._rows)

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

    def _head(self) -> Rows:
        """At least the first AHEAD rows, if there are as many, in the order of the sheet."""
        rows, keys = self._rows, self._keys
        if keys is None or len(rows) <= AHEAD:
            return rows[:AHEAD]
        shown = keys[rows]
        within: NDArray[np.bool_] = shown <= np.partition(shown, AHEAD - 1)[AHEAD - 1]
        return rows[within]

    def _in_order(self, rows: Rows) -> Rows:
        return rows if self._keys is None else rows[np.argsort(self._keys[rows], kind="stable")]

    def _sorted(self) -> list[int]:
        if self._all is None:
            self._all = self._in_order(self._rows).tolist()
        return self._all


def _keys(values: Sequence[Any] | None, *, descending: bool) -> Keys | None:
    """What rows are sorted by, smallest first; None for the order of the sheet."""
    if values is None:
        return None
    if isinstance(values, array):
        numbers = np.asarray(values)
        return -numbers if descending else numbers
    order = sorted(range(len(values)), key=values.__getitem__, reverse=descending)
    ranks = np.empty(len(order), np.intp)
    ranks[order] = np.arange(len(order))
    return ranks


def _shown(sheet: Sheet, pattern: NameFilter | None) -> Rows:
    """The rows that are present and pass."""
    shown = np.ones(len(sheet.keys), np.bool_)
    if sheet.present is not None:
        shown &= np.asarray(sheet.present) != 0
    if pattern is not None:
        shown &= pattern.passing(sheet.keys if sheet.search is None else sheet.search)
    return np.flatnonzero(shown)
