"""What the picker and ``memtui ps`` list."""

from __future__ import annotations

import os
import resource
import shlex
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from memtui.attach.discover import candidate_of, candidates
from memtui.attach.facts import facts_of
from tests.support import interpreters
from tests.support.getting_in import HARD
from tests.support.known import known
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.interpreters import Interpreter
    from tests.support.target import Target


async def test_lists_python_processes_only(spawn: Callable[..., Target]) -> None:
    target = spawn(sys.executable, "plain.py", "of two words", "", "last")
    with subprocess.Popen(["sleep", "60"]) as other:
        until(lambda: facts_of(other.pid).name == "sleep")
        found = {one.process.pid: one for one in await candidates()}
        other.kill()
    assert target.pid in found
    assert other.pid not in found
    assert os.getpid() not in found
    one = found[target.pid]
    assert one.attachable
    assert one.why_not is None
    assert known(one.process.rss_bytes) > 1_000_000
    assert one.process.argv[0] == sys.executable
    assert one.process.argv[1].endswith("plain.py")
    assert one.process.argv[2:] == ("of two words", "", "last")
    assert one.process.command == shlex.join(one.process.argv)
    assert one.process.command.endswith("'of two words' '' last")
    assert 0 <= known(one.process.uptime_s) < 3600


def test_every_interpreter_is_known(interpreter: Interpreter, spawn: Callable[..., Target]) -> None:
    one = known(candidate_of(spawn(interpreter).pid))
    assert one.process.python == ".".join(map(str, interpreter.version[:2]))
    expected = "remote-exec" if interpreter.version >= (3, 14) else "ptrace"
    assert (one.attachable, one.method) == (True, expected)


def test_says_why_not(spawn: Callable[..., Target]) -> None:
    target = spawn(sys.executable)
    target.process.send_signal(signal.SIGSTOP)
    until(lambda: facts_of(target.pid).stopped)
    stopped = known(candidate_of(target.pid))
    assert (stopped.attachable, stopped.method) == (False, None)
    assert "SIGSTOP" in known(stopped.why_not)
    assert "kill -CONT" in known(stopped.hint)
    for old in interpreters.too_old():
        assert not known(candidate_of(spawn(old).pid)).attachable


def test_says_where_there_is_no_room(spawn: Callable[..., Target]) -> None:
    target = spawn(sys.executable)
    resource.prlimit(target.pid, resource.RLIMIT_AS, (1 << 20, resource.RLIM_INFINITY))
    full = known(candidate_of(target.pid))
    assert not full.attachable
    assert "address space" in known(full.why_not)
    assert f"prlimit --pid {target.pid}" in known(full.hint)


def test_main_thread_ended(spawn: Callable[..., Target]) -> None:
    target = spawn(sys.executable, HARD, "main_ended_idle")
    until(
        lambda: facts_of(target.pid).proc.endswith(
            f"/task/{facts_of(target.pid).proc.rpartition('/')[2]}"
        )
    )
    assert known(candidate_of(target.pid)).attachable
