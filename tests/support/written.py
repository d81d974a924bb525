"""The command in a pseudo-terminal that counts what is written to it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from typing import TYPE_CHECKING, Self

from tests.support.target import PATIENCE_S, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

#: Nothing was written for so long: the screen is painted, seconds.
_QUIET_S = 0.8
#: How long a screen that never rests is read, seconds.
_RESTLESS_S = 20.0


class CountedTerminal:
    """A command whose terminal is ours.  It answers no query, as a simple terminal does."""

    def __init__(self, *command: str, size: tuple[int, int] = (120, 40), **env: str) -> None:
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            kept = {
                k: v for k, v in os.environ.items() if k not in {"NO_COLOR", "COLUMNS", "LINES"}
            }
            given = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8", **env}
            os.execve(sys.executable, [sys.executable, "-m", "memtui", *command], {**kept, **given})
        columns, lines = size
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.output = b""
        self._code: int | None = None

    def press(self, keys: bytes) -> None:
        """Type ``keys``."""
        os.write(self._fd, keys)

    def read_until(self, condition: Callable[[bytes], object]) -> None:
        """Read until ``condition`` holds for all that was written so far."""
        end = time.monotonic() + PATIENCE_S
        while not condition(self.output):
            assert time.monotonic() < end, self.output[-2000:]
            self._read(0.2)

    def read_until_quiet(self) -> None:
        """Read until nothing more comes; a dashboard that goes on painting is left at it in the end."""
        end = time.monotonic() + _RESTLESS_S
        while self._read(_QUIET_S) and time.monotonic() < end:
            pass

    def written_by(self, keys: bytes, shown: bytes) -> int:
        """How many bytes the terminal gets for ``keys``, which bring ``shown`` up."""
        self.read_until_quiet()
        before = len(self.output)
        self.press(keys)
        self.read_until(lambda output: shown in output[before:])
        self.read_until_quiet()
        return len(self.output) - before

    def exit_code(self) -> int:
        """What the command ended with."""
        if self._code is None:
            self._code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self._code

    def _read(self, seconds: float) -> bool:
        if not select.select([self._fd], [], [], seconds)[0]:
            return False
        try:
            more = os.read(self._fd, 1 << 16)
        except OSError:
            return False
        self.output += more
        return bool(more)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)
        end = time.monotonic() + PATIENCE_S
        while self._code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._code = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > end:
                os.kill(self.pid, signal.SIGKILL)
                self.exit_code()
                raise AssertionError("the command did not end with its terminal")
            else:
                time.sleep(0.05)
