"""End to end: the command in a real terminal, attached to a real process."""

from __future__ import annotations

import itertools
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time

import pytest

from tests.support.target import PATIENCE_S, ROOT, Target, linked
from tests.support.waiting import until

pytestmark = pytest.mark.skipif(
    shutil.which("tmux") is None, reason="tmux is not installed: there is no terminal to test in"
)

_NUMBERS = itertools.count()
HEAP = """
class Outer:
    class Inner:
        def __init__(self, number):
            self.number = number
            self.tags = [number, "tag"]
held = [Outer.Inner(i) for i in range(12345)]
"""
COLOUR = re.compile(r"\x1b\[[0-9;]*?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;[0-9;]*)?m")


class TerminalDriver:
    """One command in a tmux of its own."""

    def __init__(self, *command: str, size: tuple[int, int] = (80, 24), **env: str) -> None:
        self._name = f"memtui-test-{os.getpid()}-{next(_NUMBERS)}"
        unset = ("NO_COLOR", "COLORTERM", "COLUMNS", "LINES")
        words = ["env", *(word for name in unset for word in ("-u", name))]
        words += [f"{key}={value}" for key, value in env.items()]
        words += [sys.executable, "-m", "memtui", *command]
        line = f"cd {shlex.quote(str(ROOT))}; {shlex.join(words)}; echo exit=$?; sleep 600"
        where = ["-x", str(size[0]), "-y", str(size[1])]
        self._tmux("-f", "/dev/null", "new-session", "-d", *where, line)

    def _tmux(self, *arguments: str) -> str:
        command = ["tmux", "-u", "-L", self._name, *arguments]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return done.stdout

    def press(self, *keys: str) -> None:
        for key in keys:
            self._tmux("send-keys", key)

    def screen(self, *, escapes: bool = False) -> str:
        return self._tmux("capture-pane", "-p", *(["-e"] if escapes else []))

    def shows(self, pattern: str) -> str:
        """Wait until the screen matches, and return it."""
        end = time.monotonic() + PATIENCE_S
        while True:
            screen = self.screen()
            if re.search(pattern, screen):
                return screen
            if time.monotonic() > end:
                raise AssertionError(f"{pattern!r} was never on the screen:\n{screen}")
            time.sleep(0.05)

    def close(self) -> None:
        self._tmux("kill-server")


@pytest.fixture
def terminal():
    opened: list[TerminalDriver] = []

    def start(*command: str, **options) -> TerminalDriver:
        opened.append(TerminalDriver(*command, **options))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


@pytest.fixture
def target(interpreter, spawn):
    made = spawn(interpreter)
    made.execute(HEAP)
    return made


def left_behind(target: Target) -> str:
    """What of memtui is still in the target."""
    return target.execute(
        "import sys, threading, os\n"
        "print(hasattr(sys, '_memtui_agent'), len(os.listdir('/proc/self/task')),"
        " [m for m in sys.modules if 'memtui' in m])"
    )


def test_a_whole_incident(terminal, target):
    before = left_behind(target)
    shell = terminal(str(target.pid))
    shell.shows(r"__main__\.Outer\.Inner +12,345 ")
    shell.shows(r"● live")
    shell.press("/", "O", "u", "t", "e", "r", "Enter")
    shell.shows(r"1 match “Outer”")
    shell.press("Enter")
    shell.shows(r"Instances of __main__\.Outer\.Inner 1–200 of 12,345, largest")
    shell.press("Right")
    shell.shows(r"\.tags: list\[2\]")
    shell.shows(r"▼ 0x[0-9a-f]+ .* 1\W*\n")  # one referrer: the list that holds them
    shell.press("x", "2")
    shell.shows(r"\[1\]: str\[3\] 'tag'")
    shell.press("]")
    shell.shows(r"201–400 of 12,345")
    shell.press("Escape")
    shell.shows(r"Press enter on a type")
    shell.press("Escape")
    shell.shows(r"dict ")
    shell.press("b", "2")
    shell.shows(r"Growth since mark A, \d\d:\d\d:\d\d|Mark A is set\.")
    target.execute("held += [Outer.Inner(i) for i in range(1000)]")
    shell.shows(r"Growth since mark A")
    shell.shows(r"__main__\.Outer\.Inner +\+1,000 ")
    target.execute("for _ in range(300):\n    one = Outer.Inner(1); one.me = one\ndel one\n")
    shell.press("g")
    shell.shows(r"collected \d")
    shell.shows(r"last: freed [\d,]+")
    shell.press("p")
    shell.shows(r"‖ paused")
    shell.press("q")
    shell.shows(r"exit=0")
    until(lambda: left_behind(target) == before)


def test_the_end_of_the_target_is_told_and_what_was_seen_stays(terminal, target):
    shell = terminal(str(target.pid), size=(120, 40))
    shell.shows(r"__main__\.Outer\.Inner +12,345 ")
    os.kill(target.pid, signal.SIGKILL)
    shell.shows(r"✖ gone")
    shell.shows(r"What was seen last stays here to browse")
    shell.press("Down", "s", "Enter")
    screen = shell.shows(r"__main__\.Outer\.Inner +12,345 ")
    assert "Traceback" not in screen
    shell.press("q")
    shell.shows(r"exit=0")


def test_the_picker_finds_the_process_and_attaches(terminal, interpreter, spawn, tmp_path):
    target = spawn(*linked(interpreter.path, tmp_path))
    target.execute(HEAP)
    shell = terminal(size=(120, 40))
    shell.shows(r"which Python process\?")
    # All that stands there of another process may hold the same digits, but does not begin so.
    shell.press(*str(target.pid), "Space", "*")
    shell.shows(r"1 of \d+ processes")
    shell.shows(rf"{target.pid} .* plain\.py")
    shell.press("Enter")
    shell.shows(r"__main__\.Outer\.Inner +12,345 ")
    shell.press("q")
    shell.shows(r"exit=0")


def test_a_mistake_of_ours_is_no_success(terminal, target, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "from memtui.ui.app import MemtuiApp\n"
        "def begin(self, pid):\n"
        "    raise RuntimeError('a mistake')\n"
        "MemtuiApp._begin = begin\n"
    )
    shell = terminal(str(target.pid), size=(120, 40), PYTHONPATH=f"{tmp_path}:{ROOT}")
    screen = shell.shows(r"exit=1")
    assert "RuntimeError: a mistake" in screen
    assert "memtui: the dashboard failed: the error above is a mistake in memtui" in screen
    assert "hint: " in screen


def test_without_colours_no_colour_is_written(terminal, target):
    shell = terminal(str(target.pid), NO_COLOR="1")
    shell.shows(r"__main__\.Outer\.Inner +12,345 ")
    assert not COLOUR.findall(shell.screen(escapes=True))


def test_sixteen_colours_are_enough(terminal, target):
    shell = terminal(str(target.pid), TERM="xterm")
    shell.shows(r"__main__\.Outer\.Inner +12,345 ")
    screen = shell.screen(escapes=True)
    assert COLOUR.findall(screen)
    assert "38;2;" not in screen
    assert "38;5;" not in screen
