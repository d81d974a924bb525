"""The columns of a table, and which of them a narrow terminal keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memtui.ui.widgets.paint.spans import Align

GAP = 2
"""Blank cells between two columns."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column.  Its width is fixed, so that no figure moves when another one grows.

    ``width`` is in cells; for a flexible column it is the least, and it takes what is left up to
    ``most``.  On a narrow terminal the columns of the lowest ``importance`` are left out.
    ``sorts`` is the direction the first press of ``s`` gives it, None where it cannot be sorted.
    ``keep`` says which end of a text survives when it is too long.
    """

    key: str
    title: str
    width: int
    importance: int = 100
    align: Align = "right"
    flexible: bool = False
    most: int = 1000
    sorts: Literal["descending", "ascending"] | None = "descending"
    keep: Literal["start", "end"] = "start"


def fit(columns: Sequence[Column], width: int) -> list[tuple[int, int]]:
    """The places in ``columns`` that ``width`` cells have room for, each with its width."""
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
