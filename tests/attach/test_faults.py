"""What goes wrong around an attach: the target serves on, and the viewer says what happened."""

from __future__ import annotations

import asyncio
import os
import re
import resource
import shutil
import signal
from pathlib import Path

import pytest

from memtui.attach import attach
from memtui.model.errors import (
    AgentSilent,
    MemtuiError,
    NoHeadroom,
    TargetStopped,
)
from memtui.verbs.census import census
from tests.support.places import Placed, behind, command, expect_visit, needs_root, visit
from tests.support.serving import HALT_MIDWAY, MANY, PLENTY, serves
from tests.support.target import PATIENCE_S
from tests.support.viewers import folders, tasks, wait_for_quiet
from tests.support.waiting import until

#: The agent's Python meets them; the way in is the same.
pytestmark = pytest.mark.circle("python")


# --- no place ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["ptrace", None])
async def test_directory_deleted(interpreter, spawn, method) -> None:
    """Somebody tidies up /tmp between our look and the agent's."""
    target = spawn(interpreter)

    def tidy_up(_said: str) -> None:
        for folder in folders(os.getpid()):
            shutil.rmtree(folder)

    with pytest.raises(AgentSilent) as caught:
        await attach(target.pid, method=method, timeout=PATIENCE_S, progress=tidy_up)
    assert "removed" in caught.value.why
    wait_for_quiet(target)
    serves(target)
    await visit(target.pid)


@needs_root
@command("unshare")
def test_disk_full(interpreter) -> None:
    """A tiny disk is the only place: without a free block, then without a free file."""
    only = "mount -t tmpfs -o size=16k,nr_inodes=6 tiny /tmp && mount -o remount,bind,ro /"
    only += " && mount -t tmpfs -o ro none /dev/shm && cd /proc"
    target = Placed("unshare", "-m", *behind(only, interpreter.path))
    try:
        target.execute(
            "file = open('/tmp/full', 'wb', 0)\n"
            "try:\n while True: file.write(b'x' * 512)\nexcept OSError as error: print(error)"
        )
        expect_visit(target)
        target.execute("for n in range(9):\n try: open('/tmp/%d' % n, 'w')\n except OSError: pass")
        with pytest.raises(MemtuiError, match="no reachable writable directory") as caught:
            asyncio.run(visit(target.pid))
        assert "/tmp (No space left on device)" in caught.value.why
        serves(target)
    finally:
        target.stop()


# --- the target stands still -------------------------------------------------------------------------


async def test_stopped_in_mid_request(interpreter, spawn, monkeypatch) -> None:
    """The viewer says so while it waits and at its deadline, and goes on where it can again."""
    target = spawn(interpreter)
    target.execute(PLENTY)
    session = await attach(target.pid, timeout=PATIENCE_S)
    target.execute(HALT_MIDWAY)
    loop = asyncio.get_running_loop()
    said: list[str] = []
    clock = loop.time

    def leap() -> float:
        """The deadline comes once the viewer has said what it waits for."""
        return clock() + (3600 if any("stopped" in phase for phase in said) else 0)

    monkeypatch.setattr(loop, "time", leap)
    try:
        with pytest.raises(TargetStopped) as caught:
            await census(session, timeout=PATIENCE_S, progress=lambda phase, *_: said.append(phase))
        assert f"kill -CONT {target.pid}" in caught.value.hint
        assert "stopped" in said[-1]
        assert not session.closed
        with pytest.raises(TargetStopped):
            await attach(target.pid, timeout=PATIENCE_S)
        os.kill(target.pid, signal.SIGCONT)
        assert sum((await census(session, timeout=PATIENCE_S)).counts) > 2000000
    finally:
        os.kill(target.pid, signal.SIGCONT)
        await session.close()
    wait_for_quiet(target)
    serves(target)


async def test_stopped_and_continued_within_a_request(interpreter, spawn) -> None:
    target = spawn(interpreter)
    target.execute(PLENTY)
    session = await attach(target.pid, timeout=PATIENCE_S)
    target.execute(HALT_MIDWAY)
    stopped = []
    try:

        def progress(phase: str, _done: int, _total: int) -> None:
            if "stopped" in phase:
                stopped.append(phase)
                os.kill(target.pid, signal.SIGCONT)

        counted = await census(session, timeout=PATIENCE_S, progress=progress)
        assert stopped
        assert sum(counted.counts) > 2000000
    finally:
        os.kill(target.pid, signal.SIGCONT)
        await session.close()
    serves(target)


# --- no memory ---------------------------------------------------------------------------------------


def limit_address_space(target, more: int | None) -> None:
    """Let the target map ``more`` bytes beyond what it has; as many as it likes for None."""
    pages = int(Path(f"/proc/{target.pid}/statm").read_text().split()[0])
    most = resource.RLIM_INFINITY
    limit = most if more is None else pages * resource.getpagesize() + more
    resource.prlimit(target.pid, resource.RLIMIT_AS, (limit, most))


@pytest.mark.parametrize("mib", [0, 4, 20, 80, 96])
def test_no_memory_for_the_agent(interpreter, spawn, mib) -> None:
    """Nothing is begun where it might not come to its end."""
    target = spawn(interpreter)
    limit_address_space(target, mib << 20)
    if mib < 88:
        with pytest.raises(NoHeadroom) as caught:
            asyncio.run(visit(target.pid))
        assert caught.value.exit_code == 6
        assert re.search(r"MiB, and .* are left of the process's address space", caught.value.why)
        assert "prlimit" in caught.value.hint
    else:
        asyncio.run(visit(target.pid))
    serves(target)
    limit_address_space(target, None)
    wait_for_quiet(target)
    asyncio.run(visit(target.pid))
    wait_for_quiet(target)
    serves(target)


async def test_memory_gets_short_in_a_session(interpreter, spawn) -> None:
    target = spawn(interpreter)
    target.execute(MANY)
    session = await attach(target.pid, timeout=PATIENCE_S)
    try:
        limit_address_space(target, 1 << 20)
        with pytest.raises(NoHeadroom):
            await census(session, timeout=PATIENCE_S)
        serves(target)
        limit_address_space(target, None)
        assert sum((await census(session, timeout=PATIENCE_S)).counts) > 400000
        limit_address_space(target, 0)
    finally:
        await session.close()
    until(lambda: tasks(target) == 1)
    limit_address_space(target, None)
    wait_for_quiet(target)
    serves(target)
