"""The pyrasite method: gdb calls Python wherever the process happens to be.  The last resort.

It is used only if the user names it.  gdb runs in a process of its own.  Before it touches the target, a
dry run on a process of ours must show that it can do what pyrasite needs here: gdb 13, for example,
cannot write the registers of newer processors, and without debug symbols gdb refuses to call functions.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

from memtui.attach import access
from memtui.attach.facts import facts_of
from memtui.model.again import Again
from memtui.model.errors import MemtuiError, TargetGone, Unsupported
from memtui.model.safe import safe

if TYPE_CHECKING:
    from collections.abc import Callable

    from memtui.attach.facts import Facts

#: Seconds for the dry run; gdb reads the symbols of every mapped file.
_DRY_RUN_LIMIT = 20.0
_SLEEPER = "import sys, time; print(flush=True); sys.stdin.read()"

#: What pyrasite starts as gdb: the gdb on the PATH, with a setting that restores the target's registers
#: when one of pyrasite's calls is interrupted.
_GDB = """#!/bin/sh
exec gdb -iex 'set unwindonsignal on' "$@"
"""

#: pyrasite puts two folders at the front of the target's ``sys.path`` and leaves them there.
_UNDO_PATH = """import sys
for _ in {folders!r}:
    if _ in sys.path: sys.path.remove(_)
del _
"""


class PyrasiteMethod:
    """One attempt with ``python -m pyrasite.main``; see :class:`PtraceMethod`.

    ``leave(name, text)`` writes a file that the target can read and returns its path in the target.
    """

    name = "pyrasite"
    patience = float("inf")

    def __init__(self, facts: Facts, text: str, leave: Callable[[str, str], str]) -> None:
        """Raises Unsupported without gdb."""
        if shutil.which("gdb") is None:
            raise _refusal(facts.pid, "it needs gdb, which is not on the PATH")
        self._facts = facts
        self._text = text
        self._leave = leave
        self._dry_run: _DryRun | None = _DryRun(facts)
        self._injector: subprocess.Popen[bytes] | None = None
        self._next_interrupt = 0.0
        self._began = 0.0
        self.longest_stop_ms = 0.0
        self.looks = 0
        self.waiting_for = "gdb is being tested on another process"

    def look(self) -> float:
        """Check the dry run, then the injection."""
        facts = facts_of(self._facts.pid)
        if facts.ended:
            raise TargetGone(f"process {facts.pid} is gone", "it ended while memtui was getting in")
        if self._dry_run is not None:
            if self._dry_run.passed():
                self._dry_run.close()
                self._dry_run = None
                self._inject()
        elif self._injector is not None and self._injector.poll() is not None:
            # gdb stops all threads from its start to its end; the figure includes its own start-up.
            self.longest_stop_ms = self.longest_stop_ms or (time.perf_counter() - self._began) * 1e3
            self.waiting_for = "gdb has finished, but the agent did not start"
        return 0.02

    def tidy(self, *, answered: bool) -> bool:
        """Make gdb give up a call that does not return, and exit; it detaches on exit."""
        if self._dry_run is not None:
            self._dry_run.close()
            self._dry_run = None
        if self._injector is None or self._injector.poll() is not None:
            return True
        if not answered and time.monotonic() >= self._next_interrupt:
            # Each of pyrasite's three calls may hang, and one interrupt ends only one of them.
            self._next_interrupt = time.monotonic() + 0.2
            _signal_group(self._injector, signal.SIGINT)
        return False

    def close(self) -> None:
        """End gdb if it still runs; the target is then as gdb left it."""
        if self._injector is None:
            return
        for number in (signal.SIGINT, signal.SIGINT, signal.SIGINT, signal.SIGKILL):
            try:
                self._injector.wait(0.3)
            except subprocess.TimeoutExpired:
                _signal_group(self._injector, number)
        self._injector.wait()

    def _inject(self) -> None:
        problem = access.obstacle(self._facts)
        if problem is not None:
            raise problem
        folder = self._leave("gdb", _GDB).rpartition("/")[0]
        undo = _UNDO_PATH.format(folders=(folder, _package_folder()))
        path = self._leave("payload.py", undo + self._text)
        gdb = Path(folder, "gdb")
        if not gdb.exists():
            raise _refusal(self._facts.pid, "it lives in another mount namespace")
        gdb.chmod(0o700)
        self.looks += 1
        self._began = time.perf_counter()
        self._injector = _pyrasite(self._facts.pid, path, None, prefix=f"{folder}/")
        self.waiting_for = "gdb is running"


class _DryRun:
    """pyrasite at work on a process of ours; it passes once that process has run the script."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        # Named like the socket folders, so that a later viewer removes what a killed one left.
        name = f"memtui-{os.getpid()}-{secrets.token_hex(8)}"
        self._folder = Path(tempfile.gettempdir(), name)
        self._folder.mkdir(0o700)
        self._sleeper = subprocess.Popen(
            [_executable_like(facts), "-I", "-S", "-c", _SLEEPER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._deadline = time.monotonic() + _DRY_RUN_LIMIT
        self._gdb: subprocess.Popen[bytes] | None = None

    def passed(self) -> bool:
        """Whether it has passed; False while it still runs.  Raises Unsupported if it failed."""
        assert self._sleeper.stdout is not None
        if self._gdb is None:
            if select.select([self._sleeper.stdout], [], [], 0)[0]:
                script = self._folder / "script.py"
                script.write_text(f"open({str(self._folder / 'ran')!r}, 'w').close()\n")
                with (self._folder / "said").open("wb") as said:
                    self._gdb = _pyrasite(self._sleeper.pid, str(script), said)
        elif self._gdb.poll() is not None:
            if (self._folder / "ran").exists() and self._sleeper.poll() is None:
                return True
            raise _refusal(self._facts.pid, f"gdb does not work here: {self._complaint()}")
        if time.monotonic() > self._deadline:
            raise _refusal(self._facts.pid, f"gdb did not finish within {_DRY_RUN_LIMIT:g} s")
        return False

    def close(self) -> None:
        """End both processes and remove their files; may be called twice."""
        if self._gdb is not None:
            _signal_group(self._gdb, signal.SIGKILL)
        for process in filter(None, (self._gdb, self._sleeper)):
            process.kill()
            process.wait()
        for pipe in filter(None, (self._sleeper.stdin, self._sleeper.stdout)):
            with contextlib.suppress(OSError):
                pipe.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _complaint(self) -> str:
        """The line of gdb's output that says why; pyrasite prints that output as two ``repr`` of bytes."""
        text = (self._folder / "said").read_text(errors="replace").replace("\\n", "\n")
        for word in ("extended state", "unknown return type", "ptrace", "No symbol", "rror"):
            for line in text.splitlines():
                if word in line:
                    return safe(line.strip())
        return "it gave no reason"


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    """Signal pyrasite's process and the shell and gdb that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _pyrasite(
    pid: int, path: str, said: IO[bytes] | None, *, prefix: str = ""
) -> subprocess.Popen[bytes]:
    # -P: the working directory must not provide a module called pyrasite.
    return subprocess.Popen(
        [
            sys.executable,
            "-P",
            "-m",
            "pyrasite.main",
            str(pid),
            path,
            "--verbose",
            "--gdb-prefix",
            prefix,
        ],
        stdin=subprocess.DEVNULL,
        stdout=said or subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _package_folder() -> str:
    """The folder that pyrasite puts on the target's path: the one it is installed in."""
    spec = importlib.util.find_spec("pyrasite")
    if spec is None or spec.origin is None:
        raise MemtuiError("pyrasite is not installed", hint="pip install pyrasite")
    return str(Path(spec.origin).parent.parent)


def _executable_like(facts: Facts) -> str:
    """The target's own interpreter if it can be trusted, because that shows most; else ours.

    A file that another user can change is never executed with the rights of the user of memtui.
    """
    with contextlib.suppress(OSError):
        path = Path(f"{facts.proc}/exe").readlink()
        file = path.stat()
        trusted = file.st_uid in (0, os.geteuid()) and not file.st_mode & 0o022
        if trusted and path.samefile(f"{facts.proc}/exe") and path.name.startswith("python"):
            return str(path)
    return sys.executable


def _refusal(pid: int, why: str) -> Unsupported:
    what = f"pyrasite cannot attach to process {pid}"
    again = Again(pid=pid, add=("--method", "ptrace"))
    return Unsupported(what, why, hint="another method needs no gdb", again=again)
