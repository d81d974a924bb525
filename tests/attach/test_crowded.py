"""On a crowded machine threads stop too late, and calls into them are cut short: nothing of ours stays for that."""

from __future__ import annotations

import dataclasses
import signal
import subprocess
import sys
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from memtui.attach import enter
from memtui.attach.facts import facts_of
from memtui.attach.maps import read_maps
from memtui.attach.memory import Memory
from memtui.attach.ptrace import calls, engine, kernel
from memtui.attach.ptrace.calls import Caller
from memtui.attach.ptrace.engine import PtraceMethod
from memtui.attach.ptrace.thread import NotNow, StoppedThread, release_late
from tests.support.getting_in import HARD, Mark, get_in
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from memtui.attach.facts import Facts
    from tests.support.target import Target

_SYS_MMAP = 9


def code_of(pid: int) -> list[str]:
    """Executable memory that no file backs."""
    return [hex(m.start) for m in read_maps(facts_of(pid).proc) if m.executable and not m.path]


@pytest.mark.parametrize("kind", ["busy", "sleep"])
def test_a_thread_that_stops_too_late_after_our_call(
    kind: str, spawn: Callable[..., Target], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = []

    def halt(thread: StoppedThread) -> None:
        thread.running = True
        kernel.interrupt(thread.tid)
        late.append(thread.tid)
        raise NotNow("it does not stop")

    target = spawn(sys.executable, HARD, kind)
    mark = Mark(tmp_path / "mark")
    monkeypatch.setattr(StoppedThread, "halt", halt)
    assert get_in(target.pid, mark.source, mark.hit).tidied
    assert late
    assert mark.runs == 1
    assert not code_of(target.pid)


@pytest.mark.parametrize(
    ("late", "runnable", "ran", "overdue"),
    [
        (-0.1, False, 0.0, False),
        (0.1, False, 0.0, True),  # it waits for a lock
        (0.9, True, 1.0, False),
        (1.1, True, 0.3, True),  # it waits for one that it asks for again and again
        (19.0, True, 0.2, False),  # it was given no processor
        (21.0, True, 0.2, True),
    ],
)
def test_when_a_call_is_cut_short(
    *, late: float, runnable: bool, ran: float, overdue: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, "runnable", lambda _: runnable)
    monkeypatch.setattr(kernel, "processor_time", lambda _: 5.0 + ran)
    monkeypatch.setattr(calls, "time", SimpleNamespace(monotonic=lambda: 1000.0))
    with Memory("/proc/self") as memory:
        caller = Caller(StoppedThread(1, 1, memory), 0, 0)
    caller._deadline, caller._ran_before = 1000.0 - late, 5.0
    assert caller._overdue() is overdue


def test_a_thread_that_stops_only_when_we_have_given_up(
    spawn: Callable[..., Target], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it was taken from is put back all the same, and it is let go."""
    target = spawn(sys.executable, HARD, "count")
    plain, late = StoppedThread.halt, []

    def halt(thread: StoppedThread) -> None:
        plain(thread)
        thread.running = True
        late.append(thread)
        raise NotNow("it does not stop")

    monkeypatch.setattr(StoppedThread, "halt", halt)
    real = StoppedThread._look_again
    monkeypatch.setattr(StoppedThread, "_look_again", lambda _: False)
    monkeypatch.setattr(engine, "_LAST_PATIENCE", 0.0)
    method = PtraceMethod(facts_of(target.pid), Mark(tmp_path / "mark").source)
    until(lambda: late or method.look() < 0)
    method.close()
    assert kernel.is_own_thread(kernel.tracer_of(target.pid))
    monkeypatch.setattr(StoppedThread, "_look_again", real)
    until(release_late)
    assert not kernel.tracer_of(target.pid)
    assert method._memory._fd < 0
    target.wait_for("TICK")
    target.process.send_signal(signal.SIGUSR1)
    target.wait_for("RIGHT")


def test_a_thread_that_does_not_stop_for_longer_than_another_tracer_is_waited_for(
    spawn: Callable[..., Target], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = kernel.wait
    refusals: list[Exception] = []

    def wait(tid: int, timeout: float) -> kernel.Stop | None:
        # Its stop comes only when it was tried to trace it anew for so long.
        return real(tid, timeout) if len(refusals) > 300 else None

    def explain(self: PtraceMethod, error: kernel.ThreadGone | OSError, tid: int | None) -> float:
        refusals.append(error)
        return plain(self, error, tid)

    target = spawn(sys.executable, HARD, "busy")
    mark = Mark(tmp_path / "mark")
    plain = PtraceMethod._explain
    monkeypatch.setattr(PtraceMethod, "_explain", explain)
    monkeypatch.setattr(kernel, "wait", wait)
    assert get_in(target.pid, mark.source, mark.hit).tidied
    assert len(refusals) > 300
    assert mark.runs == 1


@pytest.mark.parametrize("which", [1, 2])
def test_a_mapping_that_is_made_after_we_gave_it_up(
    which: int, spawn: Callable[..., Target], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, made = Caller.system_call, []

    def system_call(caller: Caller, function: int, number: int, *rest: int, stack: int = 0) -> int:
        result = real(caller, function, number, *rest, stack=stack)
        if number == _SYS_MMAP:
            made.append(result)
            if len(made) == which:
                raise NotNow("a call into it does not return")
        return result

    target = spawn(sys.executable, HARD, "busy")
    mark = Mark(tmp_path / "mark")
    monkeypatch.setattr(Caller, "system_call", system_call)
    assert get_in(target.pid, mark.source, mark.hit).tidied
    assert len(made) == 3
    assert not {m.start for m in read_maps(facts_of(target.pid).proc)}.intersection(made)


async def test_a_program_is_waited_for_until_it_is_loaded(
    spawn: Callable[..., Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hours may pass between two looks of a viewer that gets no processor, and the loader gets none either."""
    looks, clock = [], time.monotonic

    def look(pid: int) -> Facts:
        looks.append(pid)
        facts = facts_of(pid)
        return facts if len(looks) > 5 else dataclasses.replace(facts, libc=())

    monkeypatch.setattr(enter, "facts_of", look)
    hasty = SimpleNamespace(monotonic=lambda: clock() + 3600 * len(looks))
    monkeypatch.setattr(enter, "time", hasty)
    assert (await enter._loaded(spawn(sys.executable).pid)).libc


EXECUTES = """
import os, sys, threading
def execute():
    os.read(0, 8)
    os.execv(sys.executable, [sys.executable, "-c", "for line in open(0): print(line, end='', flush=True)"])
thread = threading.Thread(target=execute)
thread.start()
print(thread.native_id, flush=True)
thread.join()
"""


def test_a_thread_that_executes_another_program_before_it_stops() -> None:
    """It has the number of the main thread then.  Nobody else would let it go."""
    with subprocess.Popen(
        [sys.executable, "-c", EXECUTES], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout
        tid = int(process.stdout.readline())
        with Memory(f"/proc/{process.pid}") as memory:
            kernel.seize(tid)
            thread = StoppedThread(process.pid, tid, memory)
            thread.running = True
            process.stdin.write(b"execute\nfirst\n")
            process.stdin.flush()
            assert process.stdout.readline() == b"first\n"
            assert kernel.is_own_thread(kernel.tracer_of(process.pid))
            thread._let_go()
            until(release_late)
            assert not kernel.tracer_of(process.pid)
        process.stdin.write(b"second\n")
        process.stdin.close()
        assert process.stdout.readline() == b"second\n"
