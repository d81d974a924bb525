"""The end of the terminal: whoever closes the window has left, and so has the agent."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time

import pytest

from memtui.attach.facts import facts_of
from tests.support.target import PATIENCE_S, ROOT
from tests.support.viewers import wait_for_quiet
from tests.support.waiting import until


class Window:
    """``memtui PID`` in a terminal; ``controlling`` it, as a shell's child is, or only using it."""

    def __init__(self, pid: int, *, controlling: bool) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        take = (lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)) if controlling else None
        self.process = subprocess.Popen(
            [sys.executable, "-m", "memtui", str(pid)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=take,  # noqa: PLW1509 - one ioctl, which takes no lock
            env={**os.environ, "TERM": "xterm-256color"},
            cwd=ROOT,
        )
        os.close(theirs)
        self._written = b""

    def shows(self, text: bytes) -> None:
        """Wait until it has written ``text``, after what was waited for before."""
        end = time.monotonic() + PATIENCE_S
        while text not in self._written:
            left = end - time.monotonic()
            assert left > 0, f"{text!r} was never written"
            if select.select([self._ours], [], [], left)[0]:
                self._written += os.read(self._ours, 65536)
        self._written = b""

    def press(self, key: bytes) -> None:
        os.write(self._ours, key)

    def shut(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self._ours)


@pytest.fixture
def target(interpreter, spawn):
    return spawn(interpreter)


@pytest.fixture(params=[True, False], ids=["controlling", "using"])
def window(target, request):
    """One that is told of the end by SIGHUP and SIGCONT, and one that is told nothing."""
    opened = Window(target.pid, controlling=request.param)
    yield opened
    opened.shut()
    opened.process.kill()
    opened.process.wait()


def test_a_window_that_is_closed(window, target) -> None:
    window.shows(b"live")
    window.shut()
    assert window.process.wait(PATIENCE_S) == 0
    wait_for_quiet(target)


@pytest.mark.parametrize("window", [True], indirect=True)
def test_stopped_and_continued_by_another(window, target) -> None:
    """It goes on, reads its terminal once, and ends when it is told to."""
    window.shows(b"live")
    for _ in range(3):
        threads = len(os.listdir(f"/proc/{window.process.pid}/task"))
        os.kill(window.process.pid, signal.SIGSTOP)
        until(lambda: facts_of(window.process.pid).stopped)
        os.kill(window.process.pid, signal.SIGCONT)
        window.shows(b"live")
        assert len(os.listdir(f"/proc/{window.process.pid}/task")) <= threads
    window.press(b"q")
    window.shows(b"\x1b[?1049l")
    assert window.process.wait(PATIENCE_S) == 0
    wait_for_quiet(target)
