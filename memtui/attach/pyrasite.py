"""The pyrasite method: gdb calls Python wherever the process happens to be.  Only by name, the last resort.

gdb runs in a process of its own, and never on the target before a dry run has proven, on a process
of ours, that it can do here what pyrasite asks of it: gdb 13 for one cannot write the registers of
newer processors, and without debug symbols it refuses to call functions.
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
from memtui.model.errors import MemtuiError, TargetGone, Unsupported
from memtui.model.safe import safe

if TYPE_CHECKING:
    from collections.abc import Callable

    from memtui.attach.facts import Facts

#: Seconds that a dry run may take; gdb reads the symbols of everything that is mapped.
_DRY_RUN_LIMIT = 20.0
_SLEEPER = "import sys, time; print(flush=True); sys.stdin.read()"

#: What pyrasite starts as gdb: the one on the PATH, told to put the target's registers back when one
#: of the calls that pyrasite makes it do is interrupted.
_GDB = """#!/bin/sh
exec gdb -iex 'set unwindonsignal on' "$@"
"""

#: pyrasite puts two folders in front of the target's ``sys.path`` and leaves them there.
_UNDO_PATH = """import sys
for _ in {folders!r}:
    if _ in sys.path: sys.path.remove(_)
del _
"""


class PyrasiteMethod:
    """One attempt by ``python -m pyrasite.main``; see :class:`PtraceMethod`.

    ``leave(name, text)`` puts a file where the target can read it and returns its path there.
    """

    name = "pyrasite"
    patience = float("inf")

    def __init__(self, facts: Facts, text: str, leave: Callable[[str, str], str]) -> None:
        """Raises Unsupported where there is no gdb."""
        if shutil.which("gdb") is None:
            raise _refusal(facts.pid, "it needs gdb, and there is none on the PATH")
        self._facts = facts
        self._text = text
        self._leave = leave
        self._dry_run: _DryRun | None = _DryRun(facts)
        self._injector: subprocess.Popen[bytes] | None = None
        self._next_interrupt = 0.0
        self._began = 0.0
        self.longest_stop_ms = 0.0
        self.looks = 0
        self.waiting_for = "gdb is tried out on another process"

    def look(self) -> float:
        """See how far the dry run is, then the injection."""
        facts = facts_of(self._facts.pid)
        if facts.ended:
            raise TargetGone(f"process {facts.pid} is gone", "it ended while memtui was getting in")
        if self._dry_run is not None:
            if self._dry_run.passed():
                self._dry_run.close()
                self._dry_run = None
                self._inject()
        elif self._injector is not None and self._injector.poll() is not None:
            # gdb holds all threads from its start to its end; its own start-up is in the figure.
            self.longest_stop_ms = self.longest_stop_ms or (time.perf_counter() - self._began) * 1e3
            self.waiting_for = "gdb has done its work, but nothing came of it"
        return 0.02

    def tidy(self, *, answered: bool) -> bool:
        """Have gdb give up a call that does not return, and end; it detaches as it ends."""
        if self._dry_run is not None:
            self._dry_run.close()
            self._dry_run = None
        if self._injector is None or self._injector.poll() is not None:
            return True
        if not answered and time.monotonic() >= self._next_interrupt:
            # Each of pyrasite's three calls may hang, and each is given up for one interrupt.
            self._next_interrupt = time.monotonic() + 0.2
            _signal_group(self._injector, signal.SIGINT)
        return False

    def close(self) -> None:
        """End gdb if it is still at work; the target is then as gdb left it."""
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
        self.waiting_for = "gdb is at work"


class _DryRun:
    """pyrasite at work on a process of ours; it has passed when that one has run what it was given."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        # Named as those of the sockets: what a viewer that is killed leaves, a later one sweeps up.
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
        """Whether it has worked; False while it is still going on.  Raises Unsupported if it failed."""
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
            raise _refusal(self._facts.pid, f"gdb cannot do it here: {self._complaint()}")
        if time.monotonic() > self._deadline:
            raise _refusal(self._facts.pid, f"gdb did not finish within {_DRY_RUN_LIMIT:g} s")
        return False

    def close(self) -> None:
        """End both processes and remove their files; harmless when that was done."""
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
        """The line of gdb's that tells why, out of the two ``repr`` of bytes that pyrasite prints."""
        text = (self._folder / "said").read_text(errors="replace").replace("\\n", "\n")
        for word in ("extended state", "unknown return type", "ptrace", "No symbol", "rror"):
            for line in text.splitlines():
                if word in line:
                    return safe(line.strip())
        return "it said nothing about why"


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    """Signal pyrasite's process and the shell and gdb that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _pyrasite(
    pid: int, path: str, said: IO[bytes] | None, *, prefix: str = ""
) -> subprocess.Popen[bytes]:
    # -P: a folder that happens to be the working one must not provide a module called pyrasite.
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
    """The folder that pyrasite puts on the target's path: where it is installed itself."""
    spec = importlib.util.find_spec("pyrasite")
    if spec is None or spec.origin is None:
        raise MemtuiError("pyrasite is not installed", hint="pip install pyrasite")
    return str(Path(spec.origin).parent.parent)


def _executable_like(facts: Facts) -> str:
    """The target's own interpreter, which tells most, if it can be trusted; else ours.

    A file that another user may change is not executed on behalf of whoever runs memtui.
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
    return Unsupported(what, why, hint=f"memtui {pid} --method ptrace needs no gdb")
