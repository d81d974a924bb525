"""Why not, in one line, with what to type about it; the target is never the worse for it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from memtui.attach import attach
from memtui.attach.discover import process_facts
from memtui.attach.facts import facts_of
from memtui.attach.ptrace import guest
from memtui.attach.ptrace.state import peek
from memtui.model import errors
from memtui.verbs.census import census
from tests.support import interpreters
from tests.support.getting_in import HARD
from tests.support.known import known
from tests.support.target import PATIENCE_S
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.interpreters import Interpreter
    from tests.support.target import Target

OTHER_USER = 65534
#: The system call in which threads wait for locks.
FUTEX = 202


async def refused(
    pid: int, kind: type[errors.MemtuiError], *, timeout: float = PATIENCE_S, **options: Any
) -> errors.MemtuiError:
    """The refusal of an attach, once it is of that kind, not only its deadline, and complete."""
    began = time.monotonic()
    with pytest.raises(errors.MemtuiError) as caught:
        await attach(pid, timeout=timeout, **options)
    assert type(caught.value) is kind, repr(caught.value)
    assert time.monotonic() - began < PATIENCE_S
    assert caught.value.what
    assert caught.value.hint
    assert "\n" not in str(caught.value) + caught.value.hint
    assert not list(Path("/tmp").glob(f"memtui-{os.getpid()}-*"))
    return caught.value


async def test_no_such_process() -> None:
    assert (await refused(2**22 + 1, errors.NoSuchProcess)).exit_code == 3


async def test_thread_is_no_process(spawn: Callable[..., Target]) -> None:
    target = spawn(sys.executable, HARD, "join")
    (thread,) = {int(name) for name in os.listdir(f"/proc/{target.pid}/task")} - {target.pid}
    assert f"thread of {target.pid}" in str(await refused(thread, errors.NoSuchProcess))


async def test_waits_for_its_threads_at_exit(
    interpreter: Interpreter, spawn: Callable[..., Target]
) -> None:
    """3.12 starts no thread from there on, and says so; the others still do."""
    target = spawn(interpreter, HARD, "main_waits")
    (other,) = {int(name) for name in os.listdir(f"/proc/{target.pid}/task")} - {target.pid}
    # Once it sleeps, what the main thread waits for is not the GIL any more, but its end.
    until(lambda: (call := peek(target.pid, other)) and call.number != FUTEX)
    until(lambda: (call := peek(target.pid, target.pid)) and call.number == FUTEX)
    if interpreter.version[:2] == (3, 12):
        refusal = await refused(target.pid, errors.Unsupported)
        assert "shutting down (RuntimeError: can't create new thread" in refusal.why
        assert target.process.poll() is None
        # The thread that tried it may be on its last few instructions.
        until(lambda: len(os.listdir(f"/proc/{target.pid}/task")) == 2)
    else:
        session = await attach(target.pid, timeout=PATIENCE_S)
        assert (await census(session)).names
        await session.close()


async def test_zombie(spawn: Callable[..., Target]) -> None:
    target = spawn(sys.executable)
    target.process.kill()
    until(lambda: facts_of(target.pid).state == "Z")
    assert "zombie" in str(await refused(target.pid, errors.NoSuchProcess))


async def test_not_python() -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        try:
            until(lambda: facts_of(process.pid).name == "sleep")
            error = await refused(process.pid, errors.NotPython)
            with pytest.raises(errors.NotPython):
                process_facts(process.pid)
        finally:
            process.kill()
    assert error.exit_code == 3
    assert "sleep" in str(error)


async def test_kernel_thread() -> None:
    if "Kthread:\t1" not in Path("/proc/2/status").read_text():
        pytest.skip("no kernel thread can be seen from here")
    assert "kernel" in str(await refused(2, errors.NotPython))


async def test_memtui_itself() -> None:
    assert (await refused(os.getpid(), errors.UsageError)).exit_code == 2


async def test_unknown_method(spawn: Callable[..., Target]) -> None:
    error = await refused(spawn(sys.executable).pid, errors.UsageError, method="magic")
    assert "remote-exec, ptrace" in str(error)


@pytest.mark.parametrize("old", interpreters.too_old(), ids=str)
async def test_too_old(old: interpreters.Interpreter, spawn: Callable[..., Target]) -> None:
    error = await refused(spawn(old).pid, errors.Unsupported)
    assert ".".join(map(str, old.version[:2])) in str(error)
    assert error.exit_code == 5


@pytest.mark.parametrize("method", ["remote-exec", "cooperative"])
async def test_method_that_does_not_fit(method: str, spawn: Callable[..., Target]) -> None:
    old = next(i for i in interpreters.supported() if i.version < (3, 14))
    error = await refused(spawn(old).pid, errors.Unsupported, method=method)
    assert "--method ptrace" in error.hint


async def test_stopped(spawn: Callable[..., Target]) -> None:
    target = spawn(sys.executable)
    target.process.send_signal(signal.SIGSTOP)
    until(lambda: facts_of(target.pid).stopped)
    error = await refused(target.pid, errors.TargetStopped)
    assert error.hint.endswith(f"kill -CONT {target.pid}")
    assert facts_of(target.pid).stopped
    target.process.send_signal(signal.SIGCONT)
    assert target.execute("print(1)").strip() == "1"


async def test_traced_by_strace(spawn: Callable[..., Target]) -> None:
    target = spawn(sys.executable, HARD, "busy")
    try:
        tracer = subprocess.Popen(
            ["strace", "-p", str(target.pid), "-o", "/dev/null"], stderr=subprocess.DEVNULL
        )
    except FileNotFoundError:
        pytest.skip("strace is not installed")
    with tracer:
        until(lambda: facts_of(target.pid).tracer == tracer.pid)
        error = await refused(target.pid, errors.AlreadyTraced)
        tracer.terminate()
    assert f"{tracer.pid} (strace)" in str(error)
    assert error.exit_code == 4


@pytest.mark.parametrize("kind", ["sleep", "busy"])
@pytest.mark.parametrize("step", ["map", "_run", "_words"])
async def test_ends_while_we_get_in(
    kind: str, step: str, spawn: Callable[..., Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    target = spawn(sys.executable, HARD, kind)
    plain = getattr(guest.Guest, step)

    def killed(self: guest.Guest, *arguments: object) -> object:
        # Not by Popen.kill(), which would take the stop of its child for its end.
        os.kill(target.pid, signal.SIGKILL)
        return plain(self, *arguments)

    monkeypatch.setattr(guest.Guest, step, killed)
    await refused(target.pid, errors.TargetGone)
    assert target.process.wait(PATIENCE_S) == -signal.SIGKILL, "somebody else took its exit status"


async def test_silent(spawn: Callable[..., Target]) -> None:
    """The only thread is inside a call that keeps the GIL; what was queued must not run later."""
    target = spawn(sys.executable)
    source = (
        b"import ctypes, sys; room = ctypes.create_string_buffer(1)\n"
        b"print('IN', flush=True); ctypes.PyDLL(None).read(0, room, 1)"
    )
    target.stdin.write(b"%d\n%s" % (len(source), source))
    target.stdin.flush()
    target.wait_for("IN")
    before = set(os.listdir(f"/proc/{target.pid}/task"))
    await refused(target.pid, errors.AgentSilent, timeout=1.0)
    target.stdin.write(b"!")
    target.stdin.flush()
    target.wait_for("DONE")
    # Had it begun at the last moment, its agent finds nobody and goes.
    until(lambda: target.execute("print(hasattr(sys, '_memtui_agent'))").strip() == "False")
    until(lambda: set(os.listdir(f"/proc/{target.pid}/task")) == before)


async def test_other_users_process(spawn: Callable[..., Target]) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    target = spawn(sys.executable)
    said = _as_other_user(target.pid)
    assert said.startswith("NotPermitted 4"), said
    assert "belongs to root" in said
    assert "sudo" in said


async def test_own_process_without_root(spawn: Callable[..., Target]) -> None:
    """A user gets into a process of the same user, where yama lets them."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    distribution = Path("/usr/bin/python3")
    if not distribution.exists():
        pytest.skip("no interpreter that every user can start")
    process = subprocess.Popen(
        [distribution, "-c", "import time; print(1, flush=True); time.sleep(100)"],
        user=OTHER_USER,
        group=OTHER_USER,
        extra_groups=(),
        stdout=subprocess.PIPE,
        cwd="/",
    )
    with process:
        try:
            known(process.stdout).readline()
            assert _as_other_user(process.pid) == "attached"
        finally:
            process.kill()


def _as_other_user(pid: int) -> str:
    """What becomes of an attach by somebody without privileges, told through a pipe."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        said = "nothing"
        try:
            os.setgroups([])
            os.setresgid(OTHER_USER, OTHER_USER, OTHER_USER)
            os.setresuid(OTHER_USER, OTHER_USER, OTHER_USER)
            said = _attach_here(pid)
        except BaseException as error:
            said = repr(error)
        finally:
            os.write(writer, said.encode())
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


def _attach_here(pid: int) -> str:
    said = []

    def run() -> None:
        # A thread of its own, because the test's event loop is on this one.
        async def come_and_go() -> None:
            session = await attach(pid, timeout=PATIENCE_S)
            await session.close()

        try:
            asyncio.run(come_and_go())
            said.append("attached")
        except errors.MemtuiError as error:
            said.append(f"{type(error).__name__} {error.exit_code} {error} {error.hint}")

    worker = threading.Thread(target=run)
    worker.start()
    worker.join()
    return said[0]
