"""What a table shows: columns of one length, and the permutation of their rows that is on screen."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field
from fnmatch import translate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from memtui.ui.widgets.spans import Span


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """Rows as columns.

    ``keys[i]`` names row ``i`` for good, ``values`` are what the sortable columns are sorted by,
    ``cells(i)`` the texts of row ``i``, one for each column of the table and asked for visible
    rows only.  ``present`` lists the rows there are (None: all), ``search`` the text that the
    filter looks at (None: the keys).
    """

    keys: Sequence[Hashable] = ()
    values: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    cells: Callable[[int], Sequence[Span]] = lambda _row: ()
    present: Sequence[int] | None = None
    search: Sequence[str] | None = None


class Pattern:
    """A filter as typed: a glob if it has ``*``, ``?`` or ``[``, else a part of the text.

    Small letters match both cases, a capital only itself.  Answers are remembered by text, so that
    a tick over 10,000 known names costs no matching.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        glob = text if any(mark in text for mark in "*?[") else f"*{text}*"
        flags = 0 if text != text.lower() else re.IGNORECASE
        self._match = re.compile(translate(glob), flags).match
        self._known: dict[str, bool] = {}

    def matches(self, text: str) -> bool:
        """Whether ``text`` passes the filter."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._match(text) is not None
        return known


def arranged(
    sheet: Sheet,
    *,
    by: str | None,
    descending: bool,
    pattern: Pattern | None,
    before: Sequence[int] = (),
) -> list[int]:
    """The rows of ``sheet`` that pass ``pattern``, in the order asked for.

    ``before`` are the same rows in the order they had so far, if they are the same: sorting goes
    on from there, because little changes from tick to tick and rows in order cost one comparison
    each.  Ties stay in that order, else in the order of the rows.
    """
    rows: Sequence[int] = range(len(sheet.keys)) if sheet.present is None else sheet.present
    if pattern is not None and pattern.text:
        search = sheet.keys if sheet.search is None else sheet.search
        matches = pattern.matches
        rows = [row for row in rows if matches(str(search[row]))]
    if by is None or by not in sheet.values:
        return list(rows)
    if before and len(before) == len(rows):
        rows = before
    values = sheet.values[by]
    if isinstance(values, array):
        values = values.tolist()  # a list gives its items without making them anew
    return sorted(rows, key=values.__getitem__, reverse=descending)
