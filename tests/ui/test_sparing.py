"""The terminal shows the same, whether it gets all of it or what differs; and it gets little."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.ui.sparing import SparingOutput
from tests.support.target import Target
from tests.support.written import CountedTerminal

COLUMNS, LINES = 12, 4
MOST = 15_000
HEAP = """
class Session:
    def __init__(self, number):
        self.number = number
        self.tags = [number, "tag"]
held = {i: Session(i) for i in range(3000)}
"""


class Paper:
    """What a terminal shows: letters with all their colours."""

    def __init__(self) -> None:
        self.cells: dict[tuple[int, int], tuple[str, tuple[str, ...], str]] = {}
        self._x = self._y = 0
        self._attributes: set[str] = set()
        self._colours = {"3": "", "4": ""}

    def write(self, data: str) -> None:
        for token in re.finditer(r"\x1b\[([\d;]*)([HCm])|\n|([^\x1b\n]+)", data):
            codes = (token[1] or "").split(";")
            if token[0] == "\n":
                self._x, self._y = 0, self._y + 1
            elif token[2] == "H":
                self._y, self._x = int(codes[0]) - 1, int(codes[1]) - 1
            elif token[2] == "C":
                self._x += int(codes[0])
            elif token[2] == "m":
                for code in codes:
                    self._dress(code)
            else:
                self._letters(token[3])

    def _dress(self, code: str) -> None:
        if code in {"", "0"}:
            self._attributes, self._colours = set(), {"3": "", "4": ""}
        elif len(code) == 1:
            self._attributes.add(code)
        else:
            self._colours[code[0]] = "" if code[1] == "9" else code

    def _letters(self, text: str) -> None:
        for c in text:
            seen = self._attributes & {"4", "7"}
            foreground = (self._colours["3"], *sorted(self._attributes)) if c != " " or seen else ()
            self.cells[self._x, self._y] = c, foreground, self._colours["4"]
            self._x += 1 if c.isascii() else 2


codes = st.lists(st.sampled_from(["1", "4", "7", "31", "32", "41", "42"]), max_size=3)
pieces = st.tuples(
    st.integers(0, COLUMNS - 1),
    st.integers(0, LINES - 1),
    st.lists(st.tuples(codes, st.text("ab 漢", min_size=1, max_size=5)), max_size=3),
)


def painted(piece) -> str:
    x, y, texts = piece
    data = f"\x1b[{y + 1};{x + 1}H"
    room = COLUMNS - x
    for styles, text in texts:
        fitting = ""
        for c in text:
            if room >= 2:
                fitting += c
                room -= 1 if c.isascii() else 2
        data += f"\x1b[{';'.join(styles)}m{fitting}\x1b[0m" if fitting else ""
    return data + "\n"


@given(st.lists(st.lists(pieces, max_size=4), max_size=6))
def test_the_screen_is_the_same(updates):
    whole, sparing, output = Paper(), Paper(), SparingOutput((COLUMNS, LINES))
    for update in updates:
        data = "".join(map(painted, update)) + "\x1b[1;1H"
        whole.write(data)
        sparing.write(output.rewrite(data))
        assert sparing.cells == whole.cells


def test_what_is_there_is_not_written_again():
    output = SparingOutput((COLUMNS, LINES))
    line = "\x1b[1;1H\x1b[1;31mhello\x1b[0m\x1b[41m     \x1b[0m\n\x1b[1;1H"
    assert "hello" in output.rewrite(line)
    assert output.rewrite(line) == ""
    assert output.rewrite(line.replace("hello", "hallo")) == (
        "\x1b[1C\x1b[0;1;31ma\x1b[0m\x1b[1;1H"
    )


@pytest.mark.parametrize("control", ["\x1b[?1049h", "\x1b[2J", "\x1bc"])
def test_another_screen_is_written_as_a_whole(control):
    output = SparingOutput((COLUMNS, LINES))
    output.rewrite("\x1b[1;1Hhello")
    assert "hello" in output.rewrite(f"{control}\x1b[1;1Hhello")


@pytest.mark.parametrize("control", ["\x1b[?2026h", "\x1b]22;default\x07", "\x1b[?25l"])
def test_a_control_that_changes_no_cell_is_passed_on(control):
    output = SparingOutput((COLUMNS, LINES))
    output.rewrite("\x1b[1;1Hhello")
    assert output.rewrite(f"{control}\x1b[1;1Hhello") == control


@pytest.mark.parametrize("size", [(120, 40), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_help_and_instances_write_little(interpreter, size):
    with Target(interpreter) as target:
        target.execute(HEAP)
        options = (str(target.pid), "--interval", "3600")
        with CountedTerminal(*options, size=size) as terminal:
            terminal.read_until(lambda output: b"gen0" in output)
            assert terminal.written_by(b"?", b"Everywhere") <= MOST
            terminal.press(b"\x1b")
            assert terminal.written_by(b"\r", b"Listing") <= MOST
            terminal.press(b"q")
            terminal.read_until_quiet()
