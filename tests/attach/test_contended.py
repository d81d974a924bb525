"""Others are at the target at the same time: a second viewer, strace, gdb."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from memtui.attach import access, attach, enter
from memtui.attach.ptrace import engine, kernel
from memtui.model.errors import AlreadyTraced
from memtui.verbs.census import census
from tests.support.getting_in import Mark, get_in
from tests.support.places import command, visit
from tests.support.serving import serves, state_of
from tests.support.target import PATIENCE_S
from tests.support.viewers import Viewer, stay, tasks, wait_for_quiet
from tests.support.waiting import until

#: How they meet is up to the agent and the kernel, not to the way in.
pytestmark = pytest.mark.circle("python")


# --- two at once -------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["ptrace", None])
async def test_two_injections_in_one_viewer(interpreter, spawn, method) -> None:
    target = spawn(interpreter)
    first, second = await asyncio.gather(
        attach(target.pid, method=method, timeout=PATIENCE_S),
        attach(target.pid, method=method, timeout=PATIENCE_S),
    )
    assert sorted([first.hello.joined, second.hello.joined]) == [False, True]
    # The thread that got us in may be on its last few instructions.
    until(lambda: tasks(target) == 2)
    await first.close()
    assert (await census(second)).names
    await second.close()
    wait_for_quiet(target)
    serves(target)


def test_injections_from_several_processes(interpreter, spawn) -> None:
    """ptrace allows one at a time: the others wait those milliseconds."""
    target = spawn(interpreter)
    with contextlib.ExitStack() as ends:
        viewers = [ends.enter_context(Viewer(target.pid, stay)) for _ in range(4)]
        for viewer in viewers:
            viewer.ready()
        until(lambda: tasks(target) == 2)
        for viewer in viewers:
            assert viewer.kill()
    wait_for_quiet(target)
    serves(target)


def test_another_tracer_that_has_just_let_go(interpreter, spawn, monkeypatch) -> None:
    """The kernel refuses, and by the time that we look who is in the way nobody is."""
    # In this order they end: a process that is traced does so only when its tracer has.
    other, target = spawn(sys.executable), spawn(interpreter)
    other.execute("from memtui.attach.ptrace import kernel")
    plain = kernel.seize
    refused: list[int] = []

    def seize(tid: int) -> None:
        if refused:
            return plain(tid)
        other.execute(f"kernel.seize({tid})")
        try:
            plain(tid)
        except PermissionError:
            refused.append(tid)
            other.execute(
                f"kernel.interrupt({tid}); kernel.wait({tid}, {PATIENCE_S}); kernel.detach({tid})"
            )
            raise

    monkeypatch.setattr(kernel, "seize", seize)
    asyncio.run(visit(target.pid, method="ptrace"))
    assert refused
    wait_for_quiet(target)
    serves(target)


def test_another_viewer_that_gets_no_processor_is_waited_for(spawn, monkeypatch) -> None:
    """It has a thread, and hours pass: a debugger would be named by then."""
    other, target = spawn(sys.executable), spawn(sys.executable)
    other.execute("from memtui.attach.ptrace import kernel")
    other.execute(f"kernel.seize({target.pid})")
    plain, looks, clock = access.lets_go, [], time.monotonic

    def lets_go(tracer: int) -> bool:
        looks.append(tracer)
        if len(looks) == 3:
            other.execute(
                f"kernel.interrupt({target.pid}); kernel.wait({target.pid}, {PATIENCE_S}); "
                f"kernel.detach({target.pid})"
            )
        return plain(tracer)

    monkeypatch.setattr(access, "lets_go", lets_go)
    hasty = SimpleNamespace(
        monotonic=lambda: clock() + 3600 * len(looks), perf_counter=time.perf_counter
    )
    monkeypatch.setattr(enter, "time", hasty)
    asyncio.run(visit(target.pid, method="ptrace"))
    assert set(looks) == {other.pid}
    wait_for_quiet(target)
    serves(target)


@pytest.mark.parametrize("tracer", ["nobody", "another viewer"])
def test_refusals_are_counted_where_we_get_no_processor(
    tracer, spawn, tmp_path, monkeypatch
) -> None:
    """Between two looks hours pass; who was in the way at both has come and gone between them."""
    target, other = spawn(sys.executable), spawn(sys.executable)
    plain, clock = kernel.seize, time.monotonic
    refused: list[int] = []

    def seize(tid: int) -> None:
        if len(refused) < 5:
            refused.append(tid)
            raise PermissionError(errno.EPERM, "not permitted")
        plain(tid)

    monkeypatch.setattr(kernel, "seize", seize)
    if tracer != "nobody":
        monkeypatch.setattr(kernel, "tracer_of", lambda _: other.pid)
    hasty = SimpleNamespace(
        monotonic=lambda: clock() + 3600 * len(refused), perf_counter=time.perf_counter
    )
    monkeypatch.setattr(engine, "time", hasty)
    mark = Mark(tmp_path / "mark")
    assert get_in(target.pid, mark.source, mark.hit).tidied
    assert len(refused) == 5


# --- somebody else traces ----------------------------------------------------------------------------


@command("strace")
def test_under_strace(interpreter, spawn, tmp_path) -> None:
    target = spawn(interpreter)
    log = tmp_path / "log"
    tracer = subprocess.Popen(["strace", "-f", "-o", log, "-p", str(target.pid)], stderr=-3)
    _traced_refusal(target, tracer, "strace")


@command("gdb")
def test_under_gdb(interpreter, spawn) -> None:
    target = spawn(interpreter)
    tracer = subprocess.Popen(
        ["gdb", "-nx", "-q", "-p", str(target.pid)], stdin=-1, stdout=-3, stderr=-3
    )
    _traced_refusal(target, tracer, "gdb", stands=True)


def _traced_refusal(target, tracer, name, *, stands=False) -> None:
    try:
        status = Path(f"/proc/{target.pid}/status")
        until(lambda: f"TracerPid:\t{tracer.pid}\n" in status.read_text())
        until(lambda: not stands or state_of(target.pid) == "t")
        with pytest.raises(AlreadyTraced) as caught:
            asyncio.run(visit(target.pid))
        assert caught.value.exit_code == 4
        assert f"process {tracer.pid} ({name})" in caught.value.what
        assert f"kill {tracer.pid}" in caught.value.hint
        if not stands:
            serves(target)
    finally:
        tracer.terminate()
        if tracer.stdin:
            tracer.stdin.close()
        tracer.wait()
    until(lambda: state_of(target.pid) not in "tT")
    asyncio.run(visit(target.pid))
    wait_for_quiet(target)
    serves(target)
