"""A scrollbar that is the last cell of each line, in eighths of a cell.

A widget of its own beside the lines would be cut out, looked up and sent to the terminal for each
line that changes, and a tick may change all lines of the screen.
"""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from memtui.present.spans import Span

_RISING = "▁▂▃▄▅▆▇"
_TRACK, _FULL = Span(" ", "bar"), Span(" ", "thumb")
_BEGINS = [Span(bar, "bar") for bar in _RISING]
_ENDS = [Span(bar, "thumb") for bar in _RISING]


class Thumb(NamedTuple):
    """The part of the bar that represents the lines in view, from ``begin`` to ``end``.

    Both are eighths of a cell from the top; equal if there is nothing to scroll.
    """

    begin: int
    end: int

    def at(self, y: int) -> Span:
        """The bar's cell on line ``y``."""
        empty, upto = self.begin - 8 * y, self.end - 8 * y
        if empty >= 8 or upto <= 0 or empty == upto:
            return _TRACK
        if empty > 0:
            return _BEGINS[7 - empty]
        return _FULL if upto >= 8 else _ENDS[7 - upto]


def thumb_of(top: int, window: int, total: int) -> Thumb:
    """The thumb of ``window`` of ``total`` lines, the first of them ``top``; at least a cell long."""
    if not 0 < window < total:
        return Thumb(0, 0)
    length = max(8, ceil(8 * window * window / total))
    begin = round((8 * window - length) * min(1.0, top / (total - window)))
    return Thumb(begin, begin + length)


def top_of(begin: float, window: int, total: int) -> int:
    """The first line in view when the thumb was dragged to ``begin``: the reverse of :func:`thumb_of`."""
    way = 8 * window - thumb_of(0, window, total).end
    part = begin / way if way > 0 else 0.0
    return round(max(0, total - window) * min(1.0, max(0.0, part)))
