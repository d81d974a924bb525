"""A viewer that is killed at any moment of its work leaves a target that goes on as if nothing had been."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from memtui.attach.facts import facts_of
from memtui.attach.ptrace import kernel
from memtui.attach.ptrace.thread import StoppedThread
from tests.attach.getting_in import HARD, Mark, blocked, get_in, until
from tests.attach.test_registers import VECTORS
from tests.attach.test_waits import WAITS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.target import Target


def _die_at(request: int, pid: int, mark: Path) -> bool:
    """Enter the target in a process of its own that is killed before its n-th ptrace request.

    False when the work was done before.
    """
    child = os.fork()
    if not child:
        with contextlib.suppress(BaseException):
            plain, count = kernel._ptrace, 0

            def counted(*arguments: int) -> int:
                nonlocal count
                count += 1
                if count == request:
                    os.kill(os.getpid(), signal.SIGKILL)
                return plain(*arguments)

            kernel._ptrace = counted
            entry = Mark(mark)
            entry.runs = mark.stat().st_size if mark.exists() else 0
            get_in(pid, entry.source, entry.hit)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    return os.WIFSIGNALED(status)


def _runs(pid: int) -> bool:
    facts = facts_of(pid)
    return facts.tracer == 0 and facts.state in "RSD"


def _die_everywhere(target: Target, mark: Path, step: int) -> int:
    request = 1
    while _die_at(request, target.pid, mark):
        assert target.process.poll() is None, target.errors()
        until(lambda: _runs(target.pid))
        request += step
    return request


@pytest.mark.parametrize("kind", ["pipe", "lock", "busy", "storm"])
def test_target_goes_on(kind: str, spawn: Callable[..., Target], tmp_path: Path) -> None:
    target = spawn(sys.executable, HARD, kind)
    reached = _die_everywhere(target, tmp_path / "killed", 3)
    assert reached > 50
    mark = Mark(tmp_path / "mark")
    assert get_in(target.pid, mark.source, mark.hit).tidied
    assert target.process.poll() is None, target.errors()
    # The kernel blocks a signal while its handler runs.
    until(lambda: _blocked_signals(target.pid) == 0)


def _blocked_signals(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("SigBlk:")[1].split()[0], 16)


def test_sums_stay_right(spawn: Callable[..., Target], tmp_path: Path) -> None:
    pytest.importorskip("numpy", reason="numpy keeps vector registers busy")
    target = spawn(sys.executable, VECTORS)
    for _ in range(3):
        _die_everywhere(target, tmp_path / "killed", 5)
    mark = Mark(tmp_path / "mark")
    assert get_in(target.pid, mark.source, mark.hit).tidied
    assert target.process.poll() is None, target.errors()
    assert not select.select([target.process.stdout], [], [], 0)[0], "a sum was wrong"


def test_viewer_that_comes_too_late(
    spawn: Callable[..., Target], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread has gone back by itself: putting the old registers back would repeat what it did since."""
    target = spawn(sys.executable, HARD, "count")
    plain, returned = StoppedThread.halt, []

    def late(self: StoppedThread) -> None:
        until(lambda: self.memory.number(self.left_at) != 0)
        counted = target.wait_for("TICK")
        plain(self)
        returned.append((self._has_returned(), counted))

    monkeypatch.setattr(StoppedThread, "halt", late)
    mark = Mark(tmp_path / "mark")
    for _ in range(5):
        assert get_in(target.pid, mark.source, mark.hit).tidied
    assert [left for left, _ in returned] == [True] * 5
    os.kill(target.pid, signal.SIGUSR1)
    target.wait_for("RIGHT")


def test_read_returns_its_bytes_once(spawn: Callable[..., Target], tmp_path: Path) -> None:
    target = spawn(sys.executable, WAITS, "c_read", "3")
    target.process.stdin.write(b"go\n")
    target.process.stdin.flush()
    until(lambda: blocked(target.pid))
    for request in range(1, 130, 6):
        _die_at(request, target.pid, tmp_path / "killed")
    assert b"(4, b'once')" in target.process.stdout.readline()
