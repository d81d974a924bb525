"""What a table shows: columns of one length, and the filter that leaves some rows out."""

from __future__ import annotations

import re
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
    rows only.  ``present[i]`` is 0 for a row that is left out (None: none is), ``search`` the text
    that the filter looks at (None: the keys).
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
