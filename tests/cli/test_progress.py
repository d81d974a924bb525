"""The line on a terminal's stderr: not for quick answers, not too often, and never left behind."""

from contextlib import redirect_stderr
from types import SimpleNamespace
from typing import Any

import pytest

from memtui.cli import progress


class Terminal:
    """A stderr that keeps what is drawn, and a clock that stands still but for ``at``."""

    def __init__(self):
        self.drawn = []
        self.now = 100.0
        with redirect_stderr(self):
            self.progress = progress.Progress()

    def isatty(self):
        return True

    def write(self, text):
        self.drawn.append(text)

    def flush(self):
        pass

    def at(self, seconds):
        self.now = 100.0 + seconds


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    watches: list[Any] = [SimpleNamespace(now=100.0)]
    clock = SimpleNamespace(monotonic=lambda: watches[-1].now)
    monkeypatch.setattr(progress, "time", clock)
    made = Terminal()
    watches.append(made)
    return made


def test_a_quick_answer_shows_no_progress(terminal):
    with terminal.progress as shown:
        terminal.at(0.2)
        shown.step("counting again in 1 s", 1, 3)
    assert terminal.drawn == []


def test_the_bar_is_drawn_now_and_then_and_wiped_at_the_end(terminal):
    with terminal.progress as shown:
        for moment in (0.3, 0.31, 0.37, 0.5):
            terminal.at(moment)
            shown.step(f"after {moment} s", 1, 4)
    bar = " [" + "#" * 6 + "-" * 18 + "]  25%"
    assert terminal.drawn == [
        f"\r\x1b[Kafter 0.3 s{bar}",
        f"\r\x1b[Kafter 0.5 s{bar}",
        "\r\x1b[K",
    ]


def test_no_line_is_as_wide_as_the_terminal(terminal):
    with terminal.progress as shown:
        terminal.at(1)
        shown.phase("x" * 100)
    assert len(terminal.drawn[0].removeprefix("\r\x1b[K")) == 59


def test_a_dumb_terminal_shows_none(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    terminal = Terminal()
    with terminal.progress as shown:
        shown._next = 0.0
        shown.phase("attaching")
    assert terminal.drawn == []
