"""Runs memtui as a person would, and returns what it did."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from tests.support.target import PATIENCE_S
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

MEMTUI = (sys.executable, "-m", "memtui")

#: What is refused at once is refused with this as well.  A refusal that came because its time was over
#: would not come while anybody waits for it here: so tests tell the two apart on any machine.
AT_ONCE = ("--timeout", 100 * PATIENCE_S)


@dataclass(frozen=True)
class Ran:
    """One finished run; on a terminal both streams are one, in ``stdout``."""

    code: int
    stdout: str
    stderr: str

    def refused(self, code: int) -> str:
        """The one line that says why, after checking that it is as every refusal must be."""
        lines = self.stderr.splitlines()
        assert self.code == code, self
        assert self.stdout == "", self
        assert "Traceback" not in self.stderr, self
        assert len(lines) == 2, self
        assert lines[0].startswith("memtui: "), self
        assert lines[1].startswith("hint: "), self
        assert len(lines[1]) > len("hint: "), self
        return lines[0].removeprefix("memtui: ")


def memtui(*args: object, command: tuple[str, ...] = MEMTUI, **env: str) -> Ran:
    """Run ``memtui ARGS`` with pipes for stdout and stderr."""
    done = subprocess.run(
        [*command, *map(str, args)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
        check=False,
        env=_environment(env),
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def memtui_on_terminal(*args: object, width: int = 80, **env: str) -> Ran:
    """Run ``memtui ARGS`` with a terminal of ``width`` columns for stdout and stderr."""
    with OnTerminal(*args, stdin=subprocess.DEVNULL, width=width, stdout=None, **env) as viewer:
        said = viewer.rest()
        return Ran(viewer.process.wait(PATIENCE_S), said.decode().replace("\r\n", "\n"), "")


def prepared(code: str) -> tuple[str, ...]:
    """memtui in a process that runs ``code`` first: to see it at a moment that is hard to hit."""
    return (sys.executable, "-c", f"{code}\nfrom memtui.cli import main\nmain()")


class OnTerminal:
    """memtui on a terminal of its own; ``said`` is its output so far; killed at the end."""

    def __init__(
        self, *args: object, stdin: int | None = None, stdout: int | None = None,
        width: int = 120, **env: str,
    ) -> None:  # fmt: skip
        self.said = bytearray()
        self._ours, theirs = pty.openpty()
        variables = {"TERM": "xterm-256color", "COLUMNS": str(width), "LINES": "40", **env}
        self.process = subprocess.Popen(
            [*MEMTUI, *map(str, args)],
            stdin=theirs if stdin is None else stdin,
            stdout=theirs if stdout is None else stdout,
            stderr=theirs,
            start_new_session=True,
            env=_environment(variables),
        )
        os.close(theirs)
        os.set_blocking(self._ours, False)

    def type(self, keys: bytes) -> None:
        """Press these keys."""
        os.write(self._ours, keys)

    def wait_until_shown(self, text: bytes) -> None:
        """Wait for ``text``; fails if memtui ends without it."""
        until(lambda: text in self.said or not self._read())
        assert text in self.said, bytes(self.said)

    def rest(self) -> bytes:
        """Its output until it and all other processes on its terminal have ended."""
        until(lambda: not self._read())
        return bytes(self.said)

    def _read(self) -> bool:
        """Read the output that is there; False if no more can come."""
        try:
            while data := os.read(self._ours, 65536):
                self.said += data
        except BlockingIOError:
            return True
        except OSError:  # the last writer has closed it
            return False
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.process.wait()
        os.close(self._ours)


class Paced:
    """``memtui diff`` or ``report`` that waits for the test's word before each of its pauses.

    So only the test changes the target between two counts, however long either of them takes.
    """

    def __init__(self, *args: object, before: str = "") -> None:
        paused, self._word = os.pipe()
        self._paused, tell = os.pipe()
        self.process = subprocess.Popen(
            [*prepared(before + _PACED % (tell, paused)), *map(str, args)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=_environment({}),
            pass_fds=(tell, paused),
        )
        os.close(tell)
        os.close(paused)
        os.set_blocking(self._paused, False)

    def wait_for_pause(self) -> None:
        """Wait until it has counted and is about to pause."""
        until(self._is_pausing)

    def go_on(self) -> None:
        """Let it pause, and count again."""
        os.write(self._word, b"\n")

    def pauses(self, times: int, act: Callable[[], object]) -> None:
        """Do ``act`` in each of the next pauses."""
        for _ in range(times):
            self.wait_for_pause()
            act()
            self.go_on()

    def end(self) -> Ran:
        """Wait until it has ended."""
        out, err = self.process.communicate(timeout=PATIENCE_S)
        return Ran(self.process.returncode, out, err)

    def _is_pausing(self) -> bool:
        try:
            paused = os.read(self._paused, 1)
        except BlockingIOError:
            return False
        if not paused:
            raise AssertionError(f"it ended instead of counting: {self.end()}")
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()
        os.close(self._paused)
        os.close(self._word)


_PACED = """
import os
from memtui.runs import counting, measuring

def paced(pause):
    async def waiting(*args):
        os.write(%d, b"p")
        os.read(%d, 1)
        async for left in pause(*args):
            yield left
    return waiting

for module in (counting, measuring):
    module.waiting = paced(module.waiting)
"""


def _environment(extra: dict[str, str]) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR")}
    return {**kept, "PYTHONUTF8": "1", **extra}
