"""Runs memtui as a person would, and looks at what came of it."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from dataclasses import dataclass

from tests.patience import patience

MEMTUI = (sys.executable, "-m", "memtui")


@dataclass(frozen=True)
class Ran:
    """One finished run; on a terminal both streams are one, in ``stdout``."""

    code: int
    stdout: str
    stderr: str
    seconds: float

    def refused(self, code: int, *, within_s: float = 5.0) -> str:
        """The one line that says why, after checking that it is as every refusal must be."""
        lines = self.stderr.splitlines()
        assert self.code == code, self
        assert self.stdout == "", self
        assert "Traceback" not in self.stderr, self
        assert len(lines) == 2, self
        assert lines[0].startswith("memtui: "), self
        assert lines[1].startswith("hint: "), self
        assert len(lines[1]) > len("hint: "), self
        assert self.seconds < patience(within_s), self
        return lines[0].removeprefix("memtui: ")


def memtui(
    *args: object, command: tuple[str, ...] = MEMTUI, timeout: float = 60, **env: str
) -> Ran:
    """Run ``memtui ARGS`` with pipes for stdout and stderr."""
    began = time.monotonic()
    done = subprocess.run(
        [*command, *map(str, args)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
        env=_environment(env),
    )
    return Ran(done.returncode, done.stdout, done.stderr, time.monotonic() - began)


def memtui_on_terminal(*args: object, width: int = 80, timeout: float = 60, **env: str) -> Ran:
    """Run ``memtui ARGS`` with a terminal of ``width`` columns for stdout and stderr."""
    began = time.monotonic()
    ours, theirs = pty.openpty()
    variables = {"TERM": "xterm-256color", "COLUMNS": str(width), "LINES": "40", **env}
    process = subprocess.Popen(
        [*MEMTUI, *map(str, args)],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        env=_environment(variables),
    )
    os.close(theirs)
    said = b""
    try:
        while time.monotonic() - began < timeout:
            if not select.select([ours], [], [], 0.1)[0]:
                continue
            try:
                data = os.read(ours, 65536)
            except OSError:  # the last writer has closed it
                break
            said += data
        code = process.wait(timeout=5)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    return Ran(code, said.decode().replace("\r\n", "\n"), "", time.monotonic() - began)


def _environment(extra: dict[str, str]) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR")}
    return {**kept, "PYTHONUTF8": "1", **extra}
