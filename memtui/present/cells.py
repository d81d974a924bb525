"""The width of a text in a terminal, and how it is made to fit."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal, TypeAlias

Align: TypeAlias = Literal["left", "right"]
Keep: TypeAlias = Literal["start", "end"]
"""Which end of a text survives where it is too long."""

ELLIPSIS = "…"

_OURS = re.compile("[ -~▁-█−–…·│]*").fullmatch
"""Whether a text has only characters of one cell: what memtui itself writes."""

_WITHOUT_WIDTH = frozenset({"Mn", "Me", "Mc"})
"""Marks are drawn over, under or in the character before them."""
_JOINING = frozenset(
    map(
        chr,
        (*range(0x1160, 0x1200), *range(0xD7B0, 0xD800), 0x3164, 0xFFA0, *range(0x1F3FB, 0x1F400)),
    )
)
"""Vowels and final consonants of Hangul, and colours of skin, change the character before them."""
_WIDE = frozenset(
    map(
        chr,
        (
            *(*range(0x2630, 0x2638), *range(0x268A, 0x2690), *range(0x4DC0, 0x4E00)),
            *(*range(0x1D300, 0x1D357), *range(0x1D360, 0x1D377)),
        ),
    )
)
"""Hexagrams, counting rods and the like: wide since Unicode 16, which is newer than most Pythons."""
_AS_EMOJI = "\N{VARIATION SELECTOR-16}"
"""Makes a symbol, a digit, ``#`` or ``*`` before it a picture, which is wide."""
_WORTH = 4
"""Room for a point and three letters of the name before."""
_CACHED = 512
"""Longer texts are measured each time: a cache of them would take too much memory."""


def cells(text: str) -> int:
    """How many cells ``text`` takes; for almost all texts, their length."""
    if text.isascii() or _OURS(text):
        return len(text)
    return _measured(text) if len(text) < _CACHED else _measured.__wrapped__(text)


def cut(text: str, width: int, *, keep: Keep = "start") -> str:
    """``text`` in at most ``width`` cells, an ellipsis where some was left out.

    ``keep="end"`` leaves out the beginning: the tail of ``package.module.Class`` says most.  It
    begins with a whole name where that takes almost all the room; else what is left of the name before
    tells ``…ping.Meta`` from ``…ions.Meta``.
    """
    if cells(text) <= width:
        return text
    if width <= 1:
        return ELLIPSIS[: max(0, width)]
    if keep == "start":
        return _head(text, width - 1).rstrip() + ELLIPSIS
    tail = text[-(width - 1) :]
    while cells(tail) > width - 1:
        tail = tail[1:]
    begins = text[-len(tail) - 1] == "."
    whole = tail if begins else tail[tail.find(".") + 1 :]
    # The last point of a path belongs to ``.py``: no name begins there.
    is_name = len(tail) - len(whole) < _WORTH and ("/" in whole or "/" not in text)
    return ELLIPSIS + (whole if is_name else tail)


def fitted(text: str, width: int, align: Align, *, keep: Keep = "start") -> str:
    """``text`` in exactly ``width`` cells."""
    if len(text) <= width and text.isascii():
        return text.ljust(width) if align == "left" else text.rjust(width)
    taken = cells(text)
    if taken > width:
        text = cut(text, width, keep=keep)
        taken = cells(text)
    blank = " " * (width - taken)
    return text + blank if align == "left" else blank + text


def _head(text: str, width: int) -> str:
    if text.isascii():
        return text[:width]
    taken = place = 0
    before = ""
    for place, c in enumerate(text):  # noqa: B007 - where it ends is the result
        taken += _cells_of(c, before)
        if taken > width:
            break
        before = c
    return text[:place]


@lru_cache(4096)
def _measured(text: str) -> int:
    return sum(map(_cells_of, text, "\0" + text))


def _cells_of(c: str, before: str) -> int:
    """How many cells ``c`` adds to a text that ends with ``before``."""
    if c == _AS_EMOJI:
        return int(_is_picture(before))
    return _width(c)


@lru_cache(4096)
def _width(c: str) -> int:
    if c in _JOINING or unicodedata.category(c) in _WITHOUT_WIDTH:
        return 0
    return 2 if c in _WIDE or unicodedata.east_asian_width(c) in "WF" else 1


def _is_picture(c: str) -> bool:
    return c in "#*0123456789" or (unicodedata.category(c) == "So" and _width(c) == 1)
