"""The columns of a table, and which of them a narrow terminal keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memtui.present.cells import Align, Keep

GAP = 2
"""Blank cells between two columns."""

ESSENTIAL = 80
"""Columns of this importance are never left out of a table that is printed: it has no zoom."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table, wherever that is shown.

    ``width`` is in cells: on a screen it is fixed, so that no figure moves when another one grows,
    and a printed column is as wide as its texts.  For a flexible column it is the least, and on a
    screen it takes what is left up to ``most``.  On a narrow terminal the columns of the lowest
    ``importance`` are left out.  ``sorts`` is the direction the first press of ``s`` gives it, None
    if it cannot be sorted.  ``keep`` says which end of a text survives when it is too long.
    """

    key: str
    title: str
    width: int
    importance: int = 100
    align: Align = "right"
    flexible: bool = False
    most: int = 1000
    sorts: Literal["descending", "ascending"] | None = "descending"
    keep: Keep = "start"


def fit(columns: Sequence[Column], width: int) -> list[tuple[int, int]]:
    """The places in ``columns`` that ``width`` cells of a screen have room for, each with its width."""
    shown = list(range(len(columns)))

    def needed() -> int:
        return sum(columns[i].width for i in shown) + GAP * (len(shown) - 1)

    while len(shown) > 1 and needed() > width:
        shown.remove(min(shown, key=lambda i: columns[i].importance))
    spare = max(0, width - needed())
    widths = {i: columns[i].width for i in shown}
    flexible = [i for i in shown if columns[i].flexible]
    for place, i in enumerate(flexible):
        share = spare // (len(flexible) - place)
        given = min(share, columns[i].most - columns[i].width)
        widths[i] += given
        spare -= given
    if len(shown) == 1:
        widths[shown[0]] = width
    return [(i, widths[i]) for i in shown]


def fit_printed(
    columns: Sequence[Column], widths: Sequence[int], width: int
) -> list[tuple[int, int]]:
    """The same for a table that is printed; ``widths`` are those of the longest texts.

    Flexible columns are narrowed, the widest of them first.
    """
    least = [
        min(widest, column.width) if column.flexible else widest
        for column, widest in zip(columns, widths, strict=True)
    ]
    shown = list(range(len(columns)))

    def excess(sizes: Sequence[int]) -> int:
        return sum(sizes[i] for i in shown) + GAP * max(0, len(shown) - 1) - width

    while excess(least) > 0:
        spare = [i for i in shown if columns[i].importance < ESSENTIAL]
        if not spare:
            break
        shown.remove(min(spare, key=lambda i: columns[i].importance))
    result = list(widths)
    while (over := excess(result)) > 0:
        wide = [i for i in shown if result[i] > least[i]]
        if not wide:
            break
        widest = max(wide, key=lambda i: result[i])
        result[widest] = max(least[widest], result[widest] - over)
    return [(i, result[i]) for i in shown]
