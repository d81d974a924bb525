"""Getting into every kind of hard target, under every interpreter; nothing may be left of it."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from memtui.attach.facts import facts_of
from memtui.attach.maps import read_maps
from memtui.attach.ptrace import threads
from memtui.attach.ptrace.state import State, judge
from tests.support.getting_in import HARD, Mark, blocked, get_in
from tests.support.target import PATIENCE_S
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.interpreters import Interpreter
    from tests.support.target import Target

KINDS = (
    *("sleep", "busy", "malloc", "contend", "accept", "join", "event", "lock"),
    *("epoll", "pipe", "child", "storm", "collect", "zlib"),
)


@pytest.mark.parametrize("kind", KINDS)
def test_gets_in_and_leaves_nothing(
    kind: str, interpreter: Interpreter, spawn: Callable[..., Target], tmp_path: Path
) -> None:
    target = spawn(interpreter, HARD, kind)
    mark = Mark(tmp_path / "mark")
    descriptors, threads = _descriptors(target.pid), _threads(target.pid)
    for _ in range(2):
        entry = get_in(target.pid, mark.source, mark.hit)
        assert entry.tidied, "its memory was not given back"
    assert target.process.poll() is None, target.errors()
    assert _descriptors(target.pid) == descriptors
    assert _threads(target.pid) == threads
    assert not _ours(target.pid)


@pytest.mark.parametrize("kind", ["main_ended", "main_ended_idle"])
def test_main_thread_has_ended(
    kind: str, interpreter: Interpreter, spawn: Callable[..., Target], tmp_path: Path
) -> None:
    target = spawn(interpreter, HARD, kind)
    until(lambda: Path(f"/proc/{target.pid}/stat").read_text().split()[2] == "Z")
    mark = Mark(tmp_path / "mark")
    assert get_in(target.pid, mark.source, mark.hit).tidied
    assert target.process.poll() is None


def test_takes_back_what_the_main_thread_does_not_come_to(
    interpreter: Interpreter,
    spawn: Callable[..., Target],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target = spawn(interpreter, HARD, "sleep")
    mark = Mark(tmp_path / "mark")
    until(lambda: blocked(target.pid))
    # A thread that blocks right after the pending call was queued looked as if it ran before.
    states = iter([State.RUNNING])
    monkeypatch.setattr(threads, "judge", lambda *call: next(states, None) or judge(*call))
    entry = get_in(target.pid, mark.source, mark.hit)
    # Both were done: the call was queued in vain, and then a thread was made.
    assert entry.method._pended_at
    assert entry.method._guest.thread
    assert entry.looks >= 2
    assert entry.tidied
    assert not _ours(target.pid)
    os.kill(target.pid, signal.SIGINT)  # it wakes up and comes to the safe point
    assert target.process.wait(timeout=PATIENCE_S) in (1, -signal.SIGINT)
    assert "KeyboardInterrupt" in target.errors()


def _descriptors(pid: int) -> set[str]:
    return {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}


def _threads(pid: int) -> set[str]:
    return set(os.listdir(f"/proc/{pid}/task"))


def _ours(pid: int) -> list[str]:
    """Mappings that look like the engine's: executable ones that belong to no file."""
    own = [m for m in read_maps(facts_of(pid).proc) if m.executable and not m.path]
    return [f"{m.start:#x} {m.permissions}" for m in own]
