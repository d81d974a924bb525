r"""Makes text from the target safe for a terminal: every string becomes a :class:`Text`, at decode.

The name of a type, a key or a value can contain anything: escape sequences that retitle the
terminal, bidirectional controls that reverse the rest of the row, zero-width characters that make
two names look alike.  All of these become visible escapes (``\x1b``, ``\u202e``).  The result is
plain text: characters that have a meaning in markup, such as ``[``, stay as they are, because
widgets never parse markup.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Self

#: The default limit of a text, in characters.
TEXT_LIMIT = 500

#: How many texts the cache holds.  A census names up to 10,000 types; two of them fit.
CACHE_SIZE = 20_000

#: Combining marks allowed on one base character; a stack of many paints over other rows.
_MARKS_PER_BASE = 3

_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}

#: Printable by category, but invisible: joiners, fillers, variation selectors.
_INVISIBLE = frozenset(
    chr(code)
    for first, last in (
        (0x034F, 0x034F),
        (0x115F, 0x1160),
        (0x17B4, 0x17B5),
        (0x180B, 0x180F),
        (0x2800, 0x2800),
        (0x3164, 0x3164),
        (0xFE00, 0xFE0F),
        (0xFFA0, 0xFFA0),
        (0xE0100, 0xE01EF),
    )
    for code in range(first, last + 1)
)

_cache: dict[str, str] = {}


def safe(text: str, limit: int = TEXT_LIMIT) -> str:
    """``text`` with everything invisible or active escaped, at most ``limit`` characters long.

    A text that was cut ends with ``…``.  Any str is accepted, also with lone surrogates.  A second
    call with the same ``limit`` changes nothing.
    """
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text
    return _escaped(text, limit)


def safe_name(name: str, limit: int = TEXT_LIMIT) -> str:
    """:func:`safe` with a cache, for texts that repeat: the names of types.

    Printable ASCII never enters the cache: a lookup would cost more than the test.
    """
    if len(name) <= limit and name.isascii() and name.isprintable():
        return name
    if limit != TEXT_LIMIT:
        return _escaped(name, limit)
    known = _cache.get(name)
    if known is None:
        if len(_cache) >= CACHE_SIZE:
            _cache.clear()
        known = _cache[name] = _escaped(name, limit)
    return known


def _escaped(text: str, limit: int) -> str:
    # An escape is never shorter than its character, so nothing beyond the limit can be visible.
    cut = len(text) > limit
    pieces: list[str] = []
    room = limit
    marks = _MARKS_PER_BASE  # a leading mark would join the cell before the text
    for character in text[:limit]:
        if character.isascii() and character.isprintable():
            piece, marks = character, 0
        elif unicodedata.category(character)[0] == "M":
            marks += 1
            piece = (
                character if marks <= _MARKS_PER_BASE and _shows(character) else _code(character)
            )
        elif _shows(character):
            piece, marks = character, 0
        else:
            # A mark after an escape would combine with its last digit: allow none.
            piece, marks = _SHORT.get(character) or _code(character), _MARKS_PER_BASE
        room -= len(piece)
        if room < 0:
            cut = True
            break
        pieces.append(piece)
    return _cut(pieces, limit) if cut else "".join(pieces)


def _shows(character: str) -> bool:
    """Whether a terminal draws something visible for it and does nothing else.

    ``str.isprintable`` is False for C0 and C1 controls, format characters, bidirectional controls,
    separators, surrogates, private use and unassigned code points.
    """
    return character.isprintable() and character not in _INVISIBLE


def _code(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _cut(pieces: list[str], limit: int) -> str:
    """``pieces`` and a final ``…``; drops whole escapes until it fits."""
    length = sum(map(len, pieces))
    while pieces and length > limit - 1:
        length -= len(pieces.pop())
    return "".join(pieces) + "…" if limit > 0 else ""


class Text(str):
    """A text from the target; making one makes it safe."""

    __slots__ = ()

    LIMIT = TEXT_LIMIT

    def __new__(cls, text: str = "") -> Self:
        """``text``, escaped and cut to ``LIMIT`` characters."""
        return super().__new__(cls, safe(text, cls.LIMIT))


class FileName(Text):
    """The name of a file of the target; a path on Linux fits."""

    __slots__ = ()

    LIMIT = 4096


class TypeName(str):
    """The name of a type as a session shows it: safe, and unlike that of every other type.

    Making one changes nothing: what is appended to distinguish two names may make it longer than a
    :class:`Text` can be.
    """

    __slots__ = ()
