"""One target process under torture: start, what the kernel says about it, end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.torture.board import Board
from tests.torture.setup import TARGETS

if TYPE_CHECKING:
    from tests.torture.kinds import Kind
    from tests.torture.setup import Setup

READY_WITHIN = 60.0
# Directories where an agent's socket may have been; nothing of ours may stay there.
PLACES = ("/tmp", "/dev/shm", "/run", "/var/tmp")

# Signals 32 and 33: glibc catches them for itself when a process starts its first thread.
_OF_THE_C_LIBRARY = 0b11 << 31


class TargetError(Exception):
    """The target did not start; the message has its output."""


class Target:
    """A target of ``kind``; with ``beat`` a thread in it records gaps and answers questions."""

    def __init__(self, kind: Kind, setup: Setup, directory: Path, *, beat: bool, turn: int) -> None:
        self.kind = kind
        self.board = Board(directory / "board")
        self.output = directory / "output"
        environment = {
            **os.environ,
            "PYTHONDONTWRITEBYTECODE": "1",
            "MEMTUI_TORTURE_BOARD": str(self.board.path),
            "MEMTUI_TORTURE_BEAT": str(int(beat)),
            "MEMTUI_TORTURE_DIR": str(directory),
            "MEMTUI_TORTURE_TARGETS": str(TARGETS),
            "MEMTUI_TORTURE_VECTORS": setup.vectors,
            "MEMTUI_TORTURE_TURN": str(turn),
        }
        if kind.script == "embedded":
            # A libpython takes the standard library of the first python3 on the path for its own.
            places = [str(Path(setup.python).parent), os.environ.get("PATH", os.defpath)]
            environment["PATH"] = os.pathsep.join(places)
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                self._command(setup),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=directory,
                env=environment,
                start_new_session=True,
            )
        self._poked = 0

    def _command(self, setup: Setup) -> list[str]:
        if self.kind.script == "embedded":
            return [setup.embedded, self.kind.argument]
        python = setup.with_packages if self.kind.packages else setup.python
        return [python, "-W", "ignore", str(TARGETS / self.kind.script), self.kind.argument]

    @property
    def pid(self) -> int:
        """The process to attach to: often a child of the one that was started."""
        return self.board.pid

    def wait_ready(self) -> None:
        end = time.monotonic() + READY_WITHIN
        while not self.pid:
            if self.process.poll() is not None or time.monotonic() > end:
                raise TargetError(f"the target did not get ready: {self.said()}")
            time.sleep(0.005)
        self._born = self._stat()[19] if self.alive_at_all() else ""

    def _stat(self) -> list[str]:
        return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()

    def alive_at_all(self) -> bool:
        return Path(f"/proc/{self.pid}/stat").exists()

    def alive(self) -> bool:
        """It is the same process, and still runs (its first thread may have ended)."""
        try:
            stat = self._stat()
            tasks = len(os.listdir(f"/proc/{self.pid}/task"))
        except OSError:
            return False
        return stat[19] == self._born and (stat[0] not in "ZX" or tasks > 1)

    def poke(self) -> None:
        """End the wait that the target is in; each poke is another byte."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            os.write(self.process.stdin.fileno(), bytes([self._poked % 256]))
        self._poked += 1

    def facts(self) -> dict[str, Any]:
        """The state that an attach must not change: threads, descriptors, code, signals, tracer."""
        process = Path(f"/proc/{self.pid}")
        task = max(
            (int(t) for t in os.listdir(process / "task") if int(t) != self.pid), default=self.pid
        )
        state = {}
        for number in {self.pid, task}:
            with contextlib.suppress(OSError):
                state.update(self._state(number))
        facts = {
            "tasks": len(os.listdir(process / "task")),
            "fds": _links(process / "fd"),
            "code": _code(process / "task" / str(task) / "maps"),
            "files": [
                str(p) for place in PLACES for p in Path(place).glob(f"memtui-{os.getpid()}-*")
            ],
            **state,
        }
        return {name: fact for name, fact in facts.items() if name not in self.kind.moving}

    def _state(self, task: int) -> dict[str, str]:
        """The dispositions of the process, and the mask and tracer of its first thread."""
        found = {}
        with open(f"/proc/{self.pid}/task/{task}/status") as status:
            for line in status:
                name, _, value = line.partition(":")
                if name in ("SigIgn", "SigCgt"):
                    found[name] = f"{int(value, 16) & ~_OF_THE_C_LIBRARY:016x}"
                elif task == self.pid and name in ("SigBlk", "TracerPid"):
                    found[name] = value.strip()
        return found

    def said(self) -> str:
        with contextlib.suppress(OSError):
            return self.output.read_text(errors="replace")[-800:]
        return ""

    def end(self) -> None:
        """Kill the whole group of the target and wait for its first process."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()
        self.board.close()


def _links(place: Path) -> list[str]:
    found = []
    try:
        names = sorted(os.listdir(place), key=int)
    except OSError:
        return []
    if len(names) > 1000:
        return [f"{len(names)} descriptors"]
    for name in names:
        with contextlib.suppress(OSError):
            found.append(f"{name} {os.readlink(place / name)}")
    return found


def _code(maps: Path) -> list[str]:
    """Executable memory without a file, except the kernel's own."""
    try:
        lines = maps.read_text().splitlines()
    except OSError:
        return []
    fields = [line.split(None, 5) for line in lines]
    return [
        row[0]
        for row in fields
        if "x" in row[1] and (len(row) < 6 or row[5].startswith(("/memfd", "[anon")))
    ]
