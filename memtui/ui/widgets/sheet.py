"""What a table shows: columns of one length, and the filter that leaves some rows out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import translate
from typing import TYPE_CHECKING, Any

from memtui.numbers import np

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from memtui.ui.widgets.spans import Span


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """Rows as columns.

    ``keys[i]`` names row ``i`` for good, ``values`` are what the sortable columns are sorted by,
    ``cells(rows)`` the texts of some rows, for each of them one for each column of the table, and
    asked for visible rows only.  ``present[i]`` is 0 for a row that is left out (None: none is), ``search`` the text
    that the filter looks at (None: the keys).  Values that are an array are sorted without looking
    at each, and what is sorted or searched once is known the next time if it is the same object.
    """

    keys: Sequence[Hashable] = ()
    values: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    cells: Callable[[Sequence[int]], Iterable[Sequence[Span]]] = lambda rows: [()] * len(rows)
    present: Sequence[int] | None = None
    search: Sequence[str] | None = None


class Pattern:
    """A filter as typed: a glob if it has ``*``, ``?`` or ``[``, else a part of the text.

    Small letters match both cases, a capital only itself.  Answers are remembered, so that a tick
    over 10,000 known names costs no matching.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        glob = text if any(mark in text for mark in "*?[") else f"*{text}*"
        flags = 0 if text != text.lower() else re.IGNORECASE
        self._match = re.compile(translate(glob), flags).match
        self._known: dict[str, bool] = {}
        self._passing: tuple[Sequence[Any], NDArray[np.bool_]] | None = None

    def passing(self, texts: Sequence[Any]) -> NDArray[np.bool_]:
        """Which of ``texts`` pass; the same sequence must not have changed since the last time."""
        if self._passing is None or self._passing[0] is not texts:
            matches = map(self.matches, map(str, texts))
            self._passing = (texts, np.fromiter(matches, np.bool_, len(texts)))
        return self._passing[1]

    def matches(self, text: str) -> bool:
        """Whether ``text`` passes the filter."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._match(text) is not None
        return known
