"""What a table shows: columns of one length."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from memtui.present.spans import Span


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
