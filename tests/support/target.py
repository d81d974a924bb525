"""A process under test, from its READY line to its end."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

if TYPE_CHECKING:
    from tests.support.interpreters import Interpreter

ROOT = Path(__file__).parents[2]
TARGETS = ROOT / "tests" / "targets"
#: How long to wait for output; a busy machine is slow.
PATIENCE_S = 120.0


def linked(interpreter: str, folder: Path, script: str = "plain.py") -> tuple[str, Path]:
    """Names for both in ``folder``: short, and without a space, for any path of the checkout."""
    python = folder / "python"
    python.symlink_to(interpreter)
    (folder / script).symlink_to(TARGETS / script)
    return str(python), folder / script


class Target:
    """A script of ``tests/targets`` that runs until it is stopped; see ``targets/holding.py``."""

    def __init__(
        self, interpreter: Interpreter | str, script: str | Path = "plain.py", *args: str
    ) -> None:
        path = interpreter if isinstance(interpreter, str) else interpreter.path
        self.process = subprocess.Popen(
            [path, str(TARGETS / script), *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )
        self._pending = b""
        self._errors = b""
        try:
            self.wait_for("READY")
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def stdin(self) -> IO[bytes]:
        assert self.process.stdin is not None
        return self.process.stdin

    @property
    def stdout(self) -> IO[bytes]:
        assert self.process.stdout is not None
        return self.process.stdout

    @property
    def stderr(self) -> IO[bytes]:
        assert self.process.stderr is not None
        return self.process.stderr

    def execute(self, source: str, *, timeout: float = PATIENCE_S) -> str:
        """Run ``source`` in the target's ``__main__``; returns its output.  Fails if it raised."""
        data = source.encode()
        self.stdin.write(b"%d\n%s" % (len(data), data))
        self.stdin.flush()
        return self.wait_for("DONE", timeout=timeout)

    def wait_for(self, mark: str, *, timeout: float = PATIENCE_S) -> str:
        """What the target prints before the line ``mark``."""
        deadline = time.monotonic() + timeout
        end = mark.encode() + b"\n"
        while not (self._pending.startswith(end) or b"\n" + end in self._pending):
            self._read(max(0.0, deadline - time.monotonic()), mark)
        before, _, self._pending = self._pending.partition(end)
        return before.decode()

    def line_with(self, head: str, *, timeout: float = PATIENCE_S) -> str:
        """The rest of the next line that begins with ``head``; lines before it are dropped."""
        deadline = time.monotonic() + timeout
        while True:
            line, end, rest = self._pending.partition(b"\n")
            if not end:
                self._read(max(0.0, deadline - time.monotonic()), head)
                continue
            self._pending = rest
            if line.startswith(head.encode()):
                return line[len(head) :].decode()

    def _read(self, timeout: float, mark: str) -> None:
        out, err = self.stdout.fileno(), self.stderr.fileno()
        ready = select.select([out, err], [], [], timeout)[0]
        if err in ready:
            self._errors += os.read(err, 65536)
        data = os.read(out, 65536) if out in ready else b""
        self._pending += data
        if not ready or (out in ready and not data):
            said = (self._errors + self._stderr()).decode(errors="replace")
            how = f"ended ({self.process.poll()})" if ready else "is silent"
            raise AssertionError(
                f"the target {how} instead of saying {mark}: {said or 'nothing on stderr'}"
            )

    def _stderr(self) -> bytes:
        found = b""
        while select.select([self.stderr.fileno()], [], [], 0)[0]:
            data = os.read(self.stderr.fileno(), 65536)
            if not data:
                break
            found += data
        return found

    def errors(self) -> str:
        """The target's output on stderr so far."""
        self._errors += self._stderr()
        return self._errors.decode(errors="replace")

    def stop(self) -> None:
        """Kill the process and wait for its end; harmless when it is gone."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
