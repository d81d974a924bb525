"""The ptrace engine without an agent: have a target run a line of Python, and wait until it has."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memtui.attach.facts import facts_of
from memtui.attach.ptrace.engine import PtraceMethod
from memtui.attach.ptrace.state import peek
from tests.support.target import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HARD, VECTORS, WAITS = "hard.py", "vectors.py", "waits.py"


@dataclass(frozen=True)
class Entry:
    """How one attempt went; times in milliseconds."""

    took_ms: float
    stop_ms: float
    looks: int
    tidied: bool
    method: PtraceMethod


def get_in(
    pid: int, source: str, arrived: Callable[[], bool], *, within: float = PATIENCE_S
) -> Entry:
    """Run ``source`` (which must not raise) in the target, until ``arrived()``, then tidy up."""
    began = time.perf_counter()
    method = PtraceMethod(facts_of(pid), source)
    try:
        due = began
        while not arrived():
            now = time.perf_counter()
            assert now - began < within, f"not in after {within} s: {method.waiting_for}"
            if now >= due:
                due = now + method.look()
            time.sleep(0.0005)
        took = time.perf_counter() - began
        deadline = time.perf_counter() + within
        while not (tidied := method.tidy(answered=True)) and time.perf_counter() < deadline:
            time.sleep(0.001)
    finally:
        method.close()
    return Entry(took * 1e3, method.longest_stop_ms, method.looks, tidied, method)


class Mark:
    """A file that the target writes one byte to each time the payload runs."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.runs = 0
        # Opened for appending by number, so that it takes no time in the target.
        self.source = (
            "import posix\n"
            f"_fd = posix.open({str(path)!r}, {0o2101}, 0o600)\n"
            "posix.write(_fd, b'x'); posix.close(_fd)\n"
            "del _fd, posix\n"
        )

    def hit(self) -> bool:
        """Whether it has run since the last time this was True."""
        size = self._path.stat().st_size if self._path.exists() else 0
        if size == self.runs:
            return False
        assert size == self.runs + 1, "the payload ran twice"
        self.runs = size
        return True


def blocked(pid: int) -> bool:
    """Whether the main thread waits in a system call."""
    return peek(pid, pid) is not None
