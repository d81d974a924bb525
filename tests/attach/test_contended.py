"""Others are at the target at the same time: a second viewer, strace, gdb."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from pathlib import Path

import pytest

from memtui.attach import attach
from memtui.attach.ptrace import kernel
from memtui.model.errors import AlreadyTraced
from tests.attach.getting_in import until
from tests.attach.places import command, visit
from tests.attach.serving import SOME, serves, state_of
from tests.attach.viewers import Viewer, stay, tasks, wait_for_quiet
from tests.target import PATIENCE_S

ROOT = str(Path(__file__).parents[2])


@pytest.fixture(params=SOME, ids=str)
def interpreter(request):
    return request.param


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
    assert (await second.census()).names
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
    target, other = spawn(interpreter), spawn(sys.executable)
    other.execute(f"import sys; sys.path.insert(0, {ROOT!r})")
    other.execute("from memtui.attach.ptrace import kernel")
    plain, refused = kernel.seize, []

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
