"""The whole way in: from a PID to a session with the agent, by each method."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from memtui.attach import attach, enter
from memtui.attach.facts import facts_of
from memtui.model import errors
from tests.support import interpreters
from tests.support.getting_in import HARD, blocked
from tests.support.target import PATIENCE_S
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.interpreters import Interpreter
    from tests.support.target import Target

WITH_REMOTE_EXEC = [i for i in interpreters.supported() if i.version >= (3, 14)]
remote_exec = pytest.mark.parametrize("new", WITH_REMOTE_EXEC, ids=str)


@pytest.mark.parametrize("kind", ["sleep", "busy", "lock"])
async def test_session_with_every_interpreter(
    kind: str, interpreter: Interpreter, spawn: Callable[..., Target]
) -> None:
    target = spawn(interpreter, HARD, kind)
    before = facts_of(target.pid)
    session = await attach(target.pid, method="ptrace", timeout=PATIENCE_S)
    try:
        assert session.hello.pid == target.pid
        assert session.hello.python == ".".join(map(str, interpreter.version))
        assert session.hello.free_threaded is interpreter.free_threaded
        attachment = session.attachment
        assert attachment.method == "ptrace"
        assert 0 < attachment.longest_stop_ms < attachment.attach_ms
        assert before.version == interpreter.version[:2]
    finally:
        await session.close()
    await asyncio.wait_for(_tidied(), PATIENCE_S)
    assert not list(Path("/tmp").glob(f"memtui-{os.getpid()}-*"))
    assert target.process.poll() is None, target.errors()


async def _tidied() -> None:
    while enter._tidying:
        await asyncio.sleep(0.01)


async def test_joins_the_agent_that_is_there(spawn: Callable[..., Target]) -> None:
    target = spawn(sys.executable)
    first = await attach(target.pid, timeout=PATIENCE_S)
    second = await attach(target.pid, timeout=PATIENCE_S)
    assert (first.hello.joined, second.hello.joined) == (False, True)
    await first.close()
    await second.close()


@remote_exec
async def test_remote_exec_stops_nothing(new: Interpreter, spawn: Callable[..., Target]) -> None:
    target = spawn(new, HARD, "busy")
    session = await attach(target.pid, method="remote-exec", timeout=PATIENCE_S)
    assert (session.attachment.method, session.attachment.longest_stop_ms) == ("remote-exec", 0.0)
    await session.close()
    assert target.errors() == ""


@remote_exec
async def test_ptrace_where_the_main_thread_stays_blocked(
    new: Interpreter, spawn: Callable[..., Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    target = spawn(new, HARD, "lock")
    until(lambda: blocked(target.pid))
    session = await attach(target.pid, timeout=PATIENCE_S)
    assert session.attachment.method == "ptrace"
    await session.close()
    await asyncio.wait_for(_tidied(), PATIENCE_S)
    # What was asked of the main thread was taken back: a debugger's script would find it free.
    with pytest.raises(errors.AgentSilent):
        await attach(target.pid, method="remote-exec", timeout=0.3)
    with pytest.raises(errors.AgentSilent):
        await attach(target.pid, method="remote-exec", timeout=0.3)


@remote_exec
@pytest.mark.parametrize("how", ["variable", "option"])
async def test_ptrace_where_remote_debugging_is_off(
    how: str, new: Interpreter, spawn: Callable[..., Target], tmp_path: Path
) -> None:
    start = tmp_path / "start"
    before, option = (
        ("PYTHON_DISABLE_REMOTE_DEBUG=0", "")
        if how == "variable"
        else ("", "-X disable-remote-debug")
    )
    start.write_text(f'#!/bin/sh\n{before} exec {new.path} {option} "$@"\n')
    start.chmod(0o755)
    target = spawn(str(start), HARD, "busy")
    with pytest.raises(errors.Unsupported, match="DISABLE_REMOTE_DEBUG"):
        await attach(target.pid, method="remote-exec", timeout=PATIENCE_S)
    session = await attach(target.pid, timeout=PATIENCE_S)
    assert session.attachment.method == "ptrace"
    await session.close()
