"""Tables that fit the terminal: one column gives way first, then the least needed ones go."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memtui.cli.output import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memtui.cli.output import Output

_GAP = 2
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Column:
    """One column.  ``keep`` is the end of a text that is shown when it does not fit.

    ``flexible`` lets the column shrink down to ``least`` cells.  Columns with a ``need`` above 0 are
    left out when the terminal is too narrow, the highest need first.
    """

    title: str
    right: bool = False
    flexible: bool = False
    least: int = 12
    keep: str = "head"
    need: int = 0


def cells(text: str) -> int:
    """How many terminal cells ``text`` takes."""
    if text.isascii():
        return len(text)
    return sum(_char_cells(c) for c in text)


def fit(text: str, width: int, keep: str = "head") -> str:
    """``text`` in at most ``width`` cells; an ellipsis stands for what had to go."""
    if cells(text) <= width:
        return text
    room, kept = width - 1, ""
    for c in text if keep == "head" else reversed(text):
        room -= _char_cells(c)
        if room < 0:
            break
        kept += c
    if width < 1:
        return ""
    return kept + _ELLIPSIS if keep == "head" else _ELLIPSIS + kept[::-1]


def write_table(output: Output, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
    """Write ``rows`` under their titles, as wide as ``output`` allows."""
    texts = [[column.title for column in columns], *([plain(text) for text in row] for row in rows)]
    widths = [max(cells(line[i]) for line in texts) for i in range(len(columns))]
    shown = _that_fit(columns, widths, output.width)
    widths = _squeezed(columns, widths, shown, output.width)
    for number, line in enumerate(texts):
        parts = []
        for i in shown:
            text = fit(line[i], widths[i], columns[i].keep)
            padding = " " * (widths[i] - cells(text))
            parts.append(padding + text if columns[i].right else text + padding)
        write = output.heading if number == 0 else output.line
        write((" " * _GAP).join(parts).rstrip())


def _that_fit(columns: Sequence[Column], widths: Sequence[int], width: int) -> list[int]:
    """The columns that are shown, least needed ones dropped until the narrowest form fits."""
    shown = list(range(len(columns)))
    while _total(shown, [_least(columns[i], widths[i]) for i in shown]) > width:
        spare = [i for i in shown if columns[i].need > 0]
        if not spare:
            break
        shown.remove(max(spare, key=lambda i: columns[i].need))
    return shown


def _squeezed(
    columns: Sequence[Column], widths: Sequence[int], shown: Sequence[int], width: int
) -> list[int]:
    """The widths, flexible columns narrowed, the widest of them first."""
    result = list(widths)
    while (excess := _total(shown, [result[i] for i in shown]) - width) > 0:
        wide = [i for i in shown if result[i] > _least(columns[i], widths[i])]
        if not wide:
            break
        widest = max(wide, key=lambda i: result[i])
        result[widest] = max(_least(columns[widest], widths[widest]), result[widest] - excess)
    return result


def _least(column: Column, width: int) -> int:
    return min(width, column.least) if column.flexible else width


def _total(shown: Sequence[int], widths: Sequence[int]) -> int:
    return sum(widths) + _GAP * max(0, len(shown) - 1)


def _char_cells(c: str) -> int:
    if unicodedata.combining(c):
        return 0
    return 2 if unicodedata.east_asian_width(c) in "WF" else 1
