"""A line of a screen as text in tones: what is painted, before it has a colour.

Every line memtui draws itself is a tuple of spans.  A span's text is never parsed as markup, a
tone is a word (``grow``, ``dim``) that the style sheet gives a colour, and two equal lines need no
repaint: that is how a tick of the feed costs a slow link only the figures that changed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from rich.cells import cell_len, set_cell_size

if TYPE_CHECKING:
    from collections.abc import Iterable

ELLIPSIS = "…"


class Span(NamedTuple):
    """Text in one tone."""

    text: str
    tone: str = ""


Line: TypeAlias = tuple[Span, ...]
Align = Literal["left", "right"]


_OURS = re.compile("[ -~▁-█−–…·│]*").fullmatch
"""Whether a text has only characters of one cell: what memtui itself writes."""


def cells(text: str) -> int:
    """How many cells a text takes.  Of almost all texts this is their length."""
    return len(text) if text.isascii() or _OURS(text) else cell_len(text)


def width_of(line: Iterable[Span]) -> int:
    """How many cells a line takes."""
    texts = [span.text for span in line]
    whole = "".join(texts)
    return len(whole) if whole.isascii() or _OURS(whole) else sum(map(cell_len, texts))


def cut(text: str, width: int, *, keep: Literal["start", "end"] = "start") -> str:
    """``text`` in at most ``width`` cells, an ellipsis where some was left out.

    ``keep="end"`` leaves out the beginning: the tail of ``package.module.Class`` tells
    most, and a whole name more than a part of one.
    """
    if cells(text) <= width:
        return text
    if width <= 1:
        return ELLIPSIS[:width]
    if keep == "start":
        return set_cell_size(text, width - 1).rstrip() + ELLIPSIS
    tail = text[-(width - 1) :]
    while cell_len(tail) > width - 1:
        tail = tail[1:]
    begins = text[-len(tail) - 1] == "."
    whole = tail if begins else tail[tail.find(".") + 1 :]
    return ELLIPSIS + (whole if len(whole) * 2 >= width else tail)


def fitted(text: str, width: int, align: Align, *, keep: Literal["start", "end"] = "start") -> str:
    """``text`` in exactly ``width`` cells."""
    if len(text) <= width and text.isascii():
        return text.ljust(width) if align == "left" else text.rjust(width)
    taken = cells(text)
    if taken > width:
        text = cut(text, width, keep=keep)
        taken = cells(text)
    blank = " " * (width - taken)
    return text + blank if align == "left" else blank + text


def cropped(line: Iterable[Span], width: int) -> Line:
    """A line in at most ``width`` cells, an ellipsis where some was left out."""
    kept: list[Span] = []
    left = width
    for span in line:
        size = cells(span.text)
        if size > left:
            kept.append(Span(cut(span.text, left), span.tone))
            break
        kept.append(span)
        left -= size
    return tuple(kept)


def spread(left: Line, right: Line, width: int, *, tone: str = "") -> Line:
    """``left`` and ``right`` at the two ends of a line; ``left`` gives way where they meet."""
    right = cropped(right, width)
    room = width - width_of(right)
    left = cropped(left, max(0, room - 1) if right else room)
    return (*left, Span(" " * (room - width_of(left)), tone), *right)
