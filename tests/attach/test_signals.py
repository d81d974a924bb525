"""Signals that arrive while a thread is ours are delivered when it is free again, each once."""

from __future__ import annotations

import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from memtui.attach import attach
from memtui.attach.facts import facts_of
from memtui.attach.interpreter import find_interpreter
from memtui.attach.memory import Memory
from memtui.attach.ptrace.calls import Caller
from memtui.attach.ptrace.thread import StoppedThread
from tests.support.getting_in import Mark, get_in
from tests.support.target import PATIENCE_S
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.interpreters import Interpreter
    from tests.support.target import Target

COUNTING = """
import os, signal
seen = []
for number in range(signal.SIGRTMIN, signal.SIGRTMIN + 8):
    signal.signal(number, lambda number, frame: seen.append(number - signal.SIGRTMIN))
signal.signal(signal.SIGSEGV, lambda *_: seen.append("segv"))
"""


def test_signals_during_a_stop_arrive_once(
    interpreter: Interpreter, spawn: Callable[..., Target]
) -> None:
    target = spawn(interpreter)
    target.execute(COUNTING)
    facts = facts_of(target.pid)
    with Memory(facts.proc) as memory:
        found = find_interpreter(facts, memory)
        with StoppedThread(target.pid, target.pid, memory) as thread:
            caller = Caller(thread, found.way_back, found.way_back_end)
            for number in range(8):
                os.kill(target.pid, signal.SIGRTMIN + number)
                if number == 3:
                    os.kill(target.pid, signal.SIGSEGV)  # not a fault: somebody sent it
                caller.call(found.functions["Py_IsInitialized"])
    target.execute("print(sorted(map(str, seen)))")
    output = target.execute("print(sorted(map(str, seen)))")
    assert output.strip() == "['0', '1', '2', '3', '4', '5', '6', '7', 'segv']"


def _has_dots(target: Target, count: int) -> bool:
    return target.errors().count(".") == count


def test_no_signal_is_lost(spawn: Callable[..., Target], tmp_path: Path) -> None:
    """Eight different signals a round, for Python calls a handler once for several of one kind."""
    target = spawn(sys.executable)
    target.execute(COUNTING.replace("seen.append(number - signal.SIGRTMIN)", "os.write(2, b'.')"))
    mark = Mark(tmp_path / "mark")
    for round_ in range(1, 26):
        for number in range(8):
            os.kill(target.pid, signal.SIGRTMIN + number)
        assert get_in(target.pid, mark.source, mark.hit).tidied
        until(partial(_has_dots, target, round_ * 8))


def test_stop_signal_during_a_stop_takes_effect(spawn: Callable[..., Target]) -> None:
    target = spawn(sys.executable)
    facts = facts_of(target.pid)
    with Memory(facts.proc) as memory:
        interpreter = find_interpreter(facts, memory)
        with StoppedThread(target.pid, target.pid, memory) as thread:
            caller = Caller(thread, interpreter.way_back, interpreter.way_back_end)
            os.kill(target.pid, signal.SIGSTOP)
            caller.call(interpreter.functions["Py_IsInitialized"])
    until(lambda: facts_of(target.pid).stopped)
    os.kill(target.pid, signal.SIGCONT)
    assert target.execute("print(1)").strip() == "1"


def test_blocked_signals_stay_blocked(
    interpreter: Interpreter, spawn: Callable[..., Target], tmp_path: Path
) -> None:
    target = spawn(interpreter)
    target.execute("import signal; signal.pthread_sigmask(0, {10, 40})")
    before = _masks(target.pid)
    mark = Mark(tmp_path / "mark")
    assert get_in(target.pid, mark.source, mark.hit).tidied
    assert _masks(target.pid) == before


def _masks(pid: int) -> list[str]:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return [line for line in status if line.startswith(("SigBlk", "SigIgn"))]


@pytest.mark.circle("python")
async def test_setuid_goes_on_beside_the_agent(
    interpreter: Interpreter, spawn: Callable[..., Target]
) -> None:
    """The C library has every thread change its user, by a signal of its own; it waits for the agent's, too."""
    target = spawn(interpreter)
    # With another thread the C library is past its own first thread, which unblocks the signal.
    target.execute("import os, threading, time")
    target.execute("threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()")
    session = await attach(target.pid, method="ptrace", timeout=PATIENCE_S)
    try:
        target.execute("os.setuid(os.getuid())", timeout=20)
    finally:
        await session.close()
