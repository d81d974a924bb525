"""What a terminal shows, and the least that has to be written to change it.

Textual writes whole lines, each piece with all its colours.  Over a thin line one feels that: a help
screen was 68 kB.  Here only the cells that differ are written, and only the colours that change.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_TOKEN = re.compile(
    r"\x1b\[(?P<line>\d+);(?P<column>\d+)H"
    r"|\x1b\[(?P<style>[\d;]*)m"
    r"|(?P<newline>\r?\n)"
    r"|(?P<control>\x1b(?:\[[0-9:;<=>?]*[ -/]*[@-~]|[\]P^_X].*?(?:\x1b\\|\x07)|[ -/]*[0-~])|[\x00-\x1f\x7f])"
    r"|(?P<text>[^\x00-\x1f\x7f]+)",
    re.DOTALL,
)
_SIMPLE = re.compile("[ -~▁-█─-╿−–…·│●▲▼▶‖✖→×±⋯]*").fullmatch
"""Whether every character takes one cell in every terminal."""
_HARMLESS = re.compile(
    r"\x1b(?:\].*|\[\?(?!(?:47|1047|1049)[hl])[\d;]*(?:[hl]|\$p)|\[[<>=][\d;]*u)", re.DOTALL
).fullmatch
"""Modes of the terminal and texts for its frame change no cell; the other screen is another one."""
_ON_BLANKS = frozenset({"4", "7", "9", "21", "53"})
"""Attributes that one sees where there is no letter: underlined, reversed and so on."""
_GAP = 5
"""So many cells that stay are written again rather than jumped over."""


class _Style(NamedTuple):
    attributes: tuple[str, ...] = ()
    foreground: str = ""
    background: str = ""


_PLAIN = _Style()
_Cell = tuple[str, _Style]


class SparingOutput:
    """Rewrites what is meant for a terminal of ``size`` (columns, lines) to what differs from its screen."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self.forget()

    def forget(self, size: tuple[int, int] | None = None) -> None:
        """Nothing is known of the screen any more: it may have another ``size``."""
        columns, lines = self.size = size or self.size
        self._shown: list[list[_Cell | None]] = [[None] * columns for _ in range(lines)]
        self._at = (0, 0)  # where the next text belongs
        self._cursor: tuple[int, int] | None = None  # where the terminal's cursor is, if known
        self._style = _PLAIN  # what the next text should look like
        self._written = _PLAIN  # what the terminal would give it
        self._odd = False

    def rewrite(self, data: str) -> str:
        """What to write in the place of ``data``."""
        out: list[str] = []
        for token in _TOKEN.finditer(data):
            kind = token.lastgroup
            text = token[0]
            if kind == "text":
                self._put(text, out)
            elif kind == "style":
                self._style = _style_of(token["style"])
            elif kind == "column":
                self._at, self._odd = (int(token["column"]) - 1, int(token["line"]) - 1), False
            elif kind == "newline":
                self._at, self._odd = (0, self._at[1] + 1), False
            else:
                if not _HARMLESS(text):
                    self.forget()
                out.append(text)
        self._dress(_PLAIN, out)
        if out and not self._odd:
            self._move(self._at, out)
        return "".join(out)

    def _put(self, text: str, out: list[str]) -> None:
        (x, y), (columns, lines) = self._at, self.size
        if self._odd or not _SIMPLE(text) or y >= lines or x + len(text) > columns:
            self._put_odd(text, out)
            return
        row, blank = self._shown[y], _blank(self._style)
        cells: list[_Cell] = [(c, blank if c == " " else self._style) for c in text]
        self._at = (x + len(text), y)
        if row[x : x + len(text)] == cells:
            return
        changed = [place for place, cell in enumerate(cells, x) if row[place] != cell]
        row[x : x + len(text)] = cells
        for begin, end in _runs(changed):
            self._move((begin, y), out)
            for letter, style in cells[begin - x : end - x]:
                # What a blank's letter would look like is nobody's business.
                if letter != " " or _blank(self._written) != style:
                    self._dress(style, out)
                out.append(letter)
            self._cursor = (end, y) if end < columns else None

    def _put_odd(self, text: str, out: list[str]) -> None:
        """Write ``text`` as it is: how wide it is here is not certain, nor what is behind it on its line."""
        (x, y), (columns, lines) = self._at, self.size
        if not self._odd:
            self._move(self._at, out)
            if y < lines:
                self._shown[y][x:] = [None] * max(0, columns - x)
        self._odd, self._cursor = True, None
        self._dress(self._style, out)
        out.append(text)

    def _move(self, to: tuple[int, int], out: list[str]) -> None:
        if to == self._cursor:
            return
        if self._cursor is not None and self._cursor[1] == to[1] and self._cursor[0] < to[0]:
            out.append(f"\x1b[{to[0] - self._cursor[0]}C")
        else:
            out.append(f"\x1b[{to[1] + 1};{to[0] + 1}H")
        self._cursor = to

    def _dress(self, style: _Style, out: list[str]) -> None:
        before, self._written = self._written, style
        if style != before:
            out.append(_change(before, style))


@lru_cache(4096)
def _style_of(codes: str) -> _Style:
    """The parts of ``38;2;1;2;3;48;5;7;1``."""
    attributes: list[str] = []
    foreground = background = ""
    left = codes.split(";")
    while left:
        code = left.pop(0)
        if code in {"38", "48"} and left:
            size = 4 if left[0] == "2" else 2
            code, left = ";".join([code, *left[:size]]), left[size:]
        if code in {"", "0"}:
            attributes, foreground, background = [], "", ""
        elif (code[:1] == "3" and len(code) > 1) or (len(code) == 2 and code[0] == "9"):
            foreground = code
        elif (code[:1] == "4" and len(code) > 1) or code[:2] == "10":
            background = code
        else:
            attributes.append(code)
    return _Style(tuple(attributes), foreground, background)


@lru_cache(4096)
def _blank(style: _Style) -> _Style:
    """The same for a blank, on which one does not see all of it."""
    attributes = tuple(code for code in style.attributes if code in _ON_BLANKS)
    return style if attributes else _Style((), "", style.background)


@lru_cache(4096)
def _change(before: _Style, after: _Style) -> str:
    """The codes that turn one into the other."""
    if after == _PLAIN:
        return "\x1b[0m"
    if before.attributes != after.attributes:
        codes = ["0", *after.attributes, after.foreground, after.background]
        return "\x1b[" + ";".join(filter(None, codes)) + "m"
    codes = []
    if before.foreground != after.foreground:
        codes.append(after.foreground or "39")
    if before.background != after.background:
        codes.append(after.background or "49")
    return "\x1b[" + ";".join(codes) + "m"


def _runs(places: list[int]) -> list[tuple[int, int]]:
    """``places``, which ascend, as beginnings and ends; small gaps are part of a run."""
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and place - runs[-1][1] < _GAP:
            runs[-1] = (runs[-1][0], place + 1)
        else:
            runs.append((place, place + 1))
    return runs
