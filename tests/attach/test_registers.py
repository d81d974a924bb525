"""A thread gets every register back, bit by bit."""

from __future__ import annotations

import ctypes
import select
import sys
from typing import TYPE_CHECKING

import pytest

from memtui.attach.facts import facts_of
from memtui.attach.interpreter import find_interpreter
from memtui.attach.memory import Memory
from memtui.attach.ptrace.calls import Caller
from memtui.attach.ptrace.thread import StoppedThread
from tests.support.getting_in import HARD, VECTORS, Mark, blocked, get_in
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.interpreters import Interpreter
    from tests.support.target import Target


def test_blocked_thread_gets_all_registers_back(
    interpreter: Interpreter, spawn: Callable[..., Target], tmp_path: Path
) -> None:
    target = spawn(interpreter, HARD, "pipe")
    until(lambda: blocked(target.pid))
    mark = Mark(tmp_path / "mark")
    before = _registers(target.pid)
    for _ in range(5):
        assert get_in(target.pid, mark.source, mark.hit).tidied
        assert _registers(target.pid) == before


def _registers(pid: int) -> tuple[bytes, bytes, int]:
    with Memory(f"/proc/{pid}") as memory, StoppedThread(pid, pid, memory) as thread:
        return bytes(thread.saved), thread.xstate, thread.sigmask


def test_sums_stay_right(spawn: Callable[..., Target], tmp_path: Path) -> None:
    pytest.importorskip("numpy", reason="numpy keeps vector registers busy")
    target = spawn(sys.executable, VECTORS)
    mark = Mark(tmp_path / "mark")
    for _ in range(100):
        assert get_in(target.pid, mark.source, mark.hit).tidied
    assert target.process.poll() is None, target.errors()
    assert not select.select([target.stdout], [], [], 0)[0], "a sum was wrong"


def test_nothing_below_the_stack_pointer_is_overwritten(spawn: Callable[..., Target]) -> None:
    """Leaf functions keep 128 bytes of their own below the stack pointer."""
    target = spawn(sys.executable, HARD, "sleep")
    until(lambda: blocked(target.pid))
    facts = facts_of(target.pid)
    with Memory(facts.proc) as memory:
        interpreter = find_interpreter(facts, memory)
        with StoppedThread(target.pid, target.pid, memory) as thread:
            zone = thread.saved.rsp - 128
            before = memory.read(zone, 128)
            caller = Caller(thread, interpreter.way_back, interpreter.way_back_end)
            caller.call(interpreter.functions["Py_IsInitialized"])
            assert memory.read(zone, 128) == before
            assert thread.way_back_at + 1024 < zone
            assert ctypes.sizeof(thread.saved) == 27 * 8
