"""A viewer that is killed at any moment of its work leaves a target that goes on as if nothing had been."""

from __future__ import annotations

import os
import select
import signal
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from memtui.attach.facts import facts_of
from memtui.attach.ptrace import kernel
from memtui.attach.ptrace.thread import StoppedThread
from tests.support.getting_in import HARD, VECTORS, WAITS, Mark, blocked, get_in
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.target import Target


def _die_at(request: int, pid: int, folder: Path) -> int:
    """Enter the target in a process of its own that is killed before its n-th ptrace request.

    How it ended: 0 when the work was done before, -SIGKILL, or 1 for an error.
    """
    child = os.fork()
    if not child:
        try:
            plain, count = kernel._ptrace, 0

            def counted(*arguments: int) -> int:
                nonlocal count
                count += 1
                if count == request:
                    os.kill(os.getpid(), signal.SIGKILL)
                return plain(*arguments)

            # In this child only, which ends without going back to where it could be undone.
            vars(kernel)["_ptrace"] = counted
            # Its own: what those before it began may come to its end only now.
            entry = Mark(folder / f"killed-{os.getpid()}")
            get_in(pid, entry.source, entry.hit)
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _runs(pid: int) -> bool:
    facts = facts_of(pid)
    return facts.tracer == 0 and facts.state in "RSD"


def _die_everywhere(target: Target, folder: Path, step: int) -> int:
    request = 1
    while (ended := _die_at(request, target.pid, folder)) == -signal.SIGKILL:
        assert target.process.poll() is None, target.errors()
        until(lambda: _runs(target.pid))
        request += step
    assert ended == 0
    return request


@pytest.mark.parametrize("kind", ["pipe", "lock", "busy", "storm"])
def test_target_goes_on(kind: str, spawn: Callable[..., Target], tmp_path: Path) -> None:
    target = spawn(sys.executable, HARD, kind)
    reached = _die_everywhere(target, tmp_path, 3)
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
        _die_everywhere(target, tmp_path, 5)
    mark = Mark(tmp_path / "mark")
    assert get_in(target.pid, mark.source, mark.hit).tidied
    assert target.process.poll() is None, target.errors()
    assert not select.select([target.stdout], [], [], 0)[0], "a sum was wrong"


def test_viewer_that_comes_too_late(
    spawn: Callable[..., Target], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread has gone back by itself: putting the old registers back would repeat what it did since."""
    target = spawn(sys.executable, HARD, "count")
    plain, returned = StoppedThread.halt, []

    def late(self: StoppedThread) -> None:
        if not self.left_at:
            plain(self)  # one of our other calls, cut short
            return
        until(lambda: self.memory.number(self.left_at) != 0)
        counted = target.wait_for("TICK")
        plain(self)
        returned.append((self._has_returned(), counted))

    monkeypatch.setattr(StoppedThread, "halt", late)
    mark = Mark(tmp_path / "mark")
    for _ in range(5):
        assert get_in(target.pid, mark.source, mark.hit).tidied
    assert len(returned) >= 5
    assert all(left for left, _ in returned)
    os.kill(target.pid, signal.SIGUSR1)
    target.wait_for("RIGHT")


def test_read_returns_its_bytes_once(spawn: Callable[..., Target], tmp_path: Path) -> None:
    target = spawn(sys.executable, WAITS, "c_read")
    target.stdin.write(b"3\n")
    target.stdin.flush()
    until(lambda: blocked(target.pid))
    for request in range(1, 130, 6):
        assert _die_at(request, target.pid, tmp_path) != 1
    assert b"(4, b'once')" in target.stdout.readline()
