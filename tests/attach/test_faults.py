"""What goes wrong around an attach: the target serves on, and the viewer says what happened."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from memtui.agent import wire
from memtui.attach import attach
from memtui.attach.bundle import payload
from memtui.attach.rendezvous import open_rendezvous
from memtui.model.attachment import Attachment
from memtui.model.errors import (
    AgentSilent,
    AlreadyTraced,
    MemtuiError,
    NoHeadroom,
    ProtocolError,
    TargetStopped,
)
from memtui.rpc.session import Session
from tests import interpreters
from tests.attach.getting_in import until
from tests.attach.places import Placed, command, expect_visit, needs_root, visit
from tests.attach.test_places import behind
from tests.attach.viewers import Viewer, folders, moments, stay, wait_for_quiet
from tests.live import connect

#: The oldest, one in between, and the newest that is here.
SOME = [i for i in interpreters.supported() if i.name in ("3.8", "3.11")]
SOME += [max(interpreters.supported(), key=lambda found: found.version)]
MANY = "class A: pass\nkept = [A() for _ in range(400000)]"
#: So many that no interpreter counts them before it first tells of its progress.
PLENTY = "class A: pass\nkept = [A() for _ in range(2000000)]"


def some(*wanted: str):
    return [each for each in interpreters.supported() if each.name in wanted]


@pytest.fixture(params=SOME, ids=str)
def interpreter(request):
    return request.param


def serves(target) -> None:
    assert target.execute("print('here')") == "here\n"
    assert not target.errors()


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


# --- the viewer is killed ---------------------------------------------------------------------------


def test_killed_at_any_moment_of_attaching(interpreter, spawn) -> None:
    target = spawn(interpreter)
    killed = []
    for wait in moments(16, 0.06):
        with Viewer(target.pid, stay) as viewer:
            wait()
            viewer.kill()
            killed.append(viewer.pid)
        until(lambda: state_of(target.pid) not in "tT")
        serves(target)
    # What the dead left in the file system goes with the next viewer, what they left in the target
    # went with them.
    asyncio.run(visit(target.pid))
    assert not folders(*killed)
    wait_for_quiet(target)
    serves(target)


async def _census(session, ready):
    await session.census(progress=lambda *_: ready())
    raise AssertionError("it should have been killed")


async def _page(session, ready):
    await session.instances("__main__.A", depth=2)
    ready()
    await asyncio.Event().wait()


async def _traced(session, ready):
    await session.start_tracing(depth=5)
    ready()
    await asyncio.Event().wait()


async def _watching(session, ready):
    await session.watch("__main__:served")
    ready()
    await asyncio.Event().wait()


UNTOUCHED = """
import gc, sys, threading, tracemalloc
print(tracemalloc.is_tracing(), served is original, gc.isenabled(), threading.active_count())
print([name for name in sys.modules if 'memtui' in name], sys.gettrace(), sys.getprofile())
print(getattr(served, '__code__', None) is code)
"""
SERVED = (
    PLENTY
    + """
import tracemalloc, threading
def served(): return 1
original, code = served, served.__code__
"""
)


@pytest.mark.parametrize("work", [_census, _page, _traced, _watching])
def test_killed_at_work(interpreter, spawn, work) -> None:
    target = spawn(interpreter)
    target.execute(SERVED)
    before = target.execute(UNTOUCHED)
    with Viewer(target.pid, work) as viewer:
        viewer.ready()
        assert viewer.kill()
    wait_for_quiet(target)
    assert target.execute(UNTOUCHED) == before
    serves(target)


# --- no place -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["ptrace", None])
async def test_directory_deleted(interpreter, spawn, method) -> None:
    """Somebody tidies up /tmp between our look and the agent's."""
    target = spawn(interpreter)

    def tidy_up(_said: str) -> None:
        for folder in folders(os.getpid()):
            shutil.rmtree(folder)

    with pytest.raises(AgentSilent) as caught:
        await attach(target.pid, method=method, timeout=1.5, progress=tidy_up)
    assert "removed" in caught.value.why
    wait_for_quiet(target)
    serves(target)
    await visit(target.pid)


@needs_root
@command("unshare")
@pytest.mark.parametrize("interpreter", SOME[::2], ids=str)
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


# --- the target stands still --------------------------------------------------------------------------


async def test_stopped_in_mid_request(interpreter, spawn) -> None:
    """The viewer says so while it waits and at its deadline, and goes on where it can again."""
    target = spawn(interpreter)
    target.execute(PLENTY)
    session = await attach(target.pid, timeout=20)
    said = []
    try:
        begun = asyncio.Event()

        def progress(phase: str, _done: int, _total: int) -> None:
            said.append(phase)
            if not begun.is_set():
                begun.set()
                os.kill(target.pid, signal.SIGSTOP)

        with pytest.raises(TargetStopped) as caught:
            await session.census(timeout=2.5, progress=progress)
        assert begun.is_set()
        assert f"kill -CONT {target.pid}" in caught.value.hint
        assert any("stopped" in phase for phase in said)
        assert not session.closed
        with pytest.raises(TargetStopped):
            await attach(target.pid, timeout=2)
        os.kill(target.pid, signal.SIGCONT)
        assert sum((await session.census(timeout=20)).counts) > 2000000
    finally:
        os.kill(target.pid, signal.SIGCONT)
        await session.close()
    wait_for_quiet(target)
    serves(target)


async def test_stopped_and_continued_within_a_request(interpreter, spawn) -> None:
    target = spawn(interpreter)
    target.execute(PLENTY)
    session = await attach(target.pid, timeout=20)
    try:
        stopped = asyncio.Event()

        def progress(phase: str, _done: int, _total: int) -> None:
            if "stopped" in phase:
                os.kill(target.pid, signal.SIGCONT)
            elif not stopped.is_set():
                stopped.set()
                os.kill(target.pid, signal.SIGSTOP)

        census = await session.census(timeout=20, progress=progress)
        assert stopped.is_set()
        assert sum(census.counts) > 2000000
    finally:
        os.kill(target.pid, signal.SIGCONT)
        await session.close()
    serves(target)


# --- what is no protocol ------------------------------------------------------------------------------

GARBAGE = {
    "half a frame": b"\0\0\0\x40\x83\xa2id",
    "garbage": b"GET / HTTP/1.1\r\nHost: memtui\r\n\r\n",
    "a gigabyte": (1 << 30).to_bytes(4, "big") + b"\x80",
    "no map": wire.frame(b"\x01"),
    "nothing": b"",
}


@pytest.mark.parametrize("sent", GARBAGE)
async def test_garbage_to_the_agent(interpreter, spawn, sent) -> None:
    """From a second viewer: the first one's session goes on."""
    target = spawn(interpreter)
    session = await attach(target.pid, timeout=20)
    memory = session._peer.rss()
    async with connect(target) as line:
        assert line.joined
        line.writer.write(GARBAGE[sent])
        if sent in ("half a frame", "nothing"):
            line.writer.close()
        else:
            answer = await line.read()
            assert answer["error"]["code"] == "protocol"
            assert await line.reader.read() == b""
    assert (await session.census()).names
    assert session._peer.rss() - memory < 16 << 20
    await session.close()
    wait_for_quiet(target)
    serves(target)


IMPOSTOR = """
import socket
impostor = socket.socket(socket.AF_UNIX)
impostor.connect({path!r})
impostor.sendall({token!r}.encode() + b'J' + {sent!r})
{end}
"""


@pytest.mark.parametrize("sent", GARBAGE)
async def test_garbage_to_the_viewer(spawn, sent) -> None:
    """A target that pretends to be an agent: it knows the token."""
    target = spawn(sys.executable)
    async with open_rendezvous(target.pid) as meeting:
        end = "impostor.close()" if sent in ("half a frame", "nothing") else ""
        target.execute(
            IMPOSTOR.format(
                path=meeting.path_in_target, token=meeting.token, sent=GARBAGE[sent], end=end
            )
        )
        reader, writer, _ = await meeting.accept(10)
    with pytest.raises(MemtuiError) as caught:
        await Session.open(reader, writer, Attachment("handed", 0.0), timeout=5)
    if not end:
        assert isinstance(caught.value, ProtocolError)
    else:
        assert "lost" in str(caught.value)
    assert caught.value.hint
    serves(target)


async def test_gigabyte_instead_of_the_bundle(interpreter, spawn) -> None:
    """The agent's first code reads no more than comes, and is gone with the connection."""
    target = spawn(interpreter)
    peak = _peak(target.pid)
    async with open_rendezvous(target.pid) as meeting:
        target.execute(payload(meeting.path_in_target, meeting.token))
        loop = asyncio.get_running_loop()
        connection, _ = await loop.sock_accept(meeting._listener)
        try:
            await loop.sock_recv(connection, 64)
            await loop.sock_sendall(connection, (1 << 30).to_bytes(4, "big") + b"x" * 1000)
        finally:
            connection.close()
    wait_for_quiet(target)
    serves(target)
    assert _peak(target.pid) - peak < 256 << 20
    await visit(target.pid)


def _peak(pid: int) -> int:
    """The most address space that the process ever had, bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmPeak:"):
            return int(line.split()[1]) * 1024
    raise AssertionError


# --- two at once --------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["ptrace", None])
async def test_two_injections_in_one_viewer(interpreter, spawn, method) -> None:
    target = spawn(interpreter)
    first, second = await asyncio.gather(
        attach(target.pid, method=method, timeout=20), attach(target.pid, method=method, timeout=20)
    )
    assert sorted([first.hello.joined, second.hello.joined]) == [False, True]
    assert len(os.listdir(f"/proc/{target.pid}/task")) == 2
    await first.close()
    assert (await second.census()).names
    await second.close()
    wait_for_quiet(target)
    serves(target)


def test_injections_from_several_processes(interpreter, spawn) -> None:
    """ptrace allows one at a time: the others wait those milliseconds."""
    target = spawn(interpreter)
    viewers = [Viewer(target.pid, stay) for _ in range(4)]
    for viewer in viewers:
        viewer.ready()
    assert len(os.listdir(f"/proc/{target.pid}/task")) == 2
    for viewer in viewers:
        with viewer:
            assert viewer.kill()
    wait_for_quiet(target)
    serves(target)


# --- somebody else traces -----------------------------------------------------------------------------


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
        until(lambda: f"TracerPid:\t{tracer.pid}\n" in status.read_text(), within=30)
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


# --- no memory ----------------------------------------------------------------------------------------


def limit_address_space(target, more: int | None) -> None:
    """Let the target map ``more`` bytes beyond what it has; as many as it likes for None."""
    pages = int(Path(f"/proc/{target.pid}/statm").read_text().split()[0])
    most = resource.RLIM_INFINITY
    limit = most if more is None else pages * resource.getpagesize() + more
    resource.prlimit(target.pid, resource.RLIMIT_AS, (limit, most))


@pytest.mark.parametrize("mib", [0, 4, 20, 26, 80])
def test_no_memory_for_the_agent(interpreter, spawn, mib) -> None:
    """Nothing is begun where it might not come to its end."""
    target = spawn(interpreter)
    limit_address_space(target, mib << 20)
    if mib < 24:
        with pytest.raises(NoHeadroom) as caught:
            asyncio.run(visit(target.pid))
        assert caught.value.exit_code == 6
        assert re.search(r"MiB, and .* are left of the process's address space", caught.value.why)
        assert "prlimit" in caught.value.hint
    elif mib < 80:
        with contextlib.suppress(NoHeadroom):
            asyncio.run(visit(target.pid))
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
    session = await attach(target.pid, timeout=20)
    try:
        limit_address_space(target, 1 << 20)
        with pytest.raises(NoHeadroom):
            await session.census(timeout=20)
        serves(target)
        limit_address_space(target, None)
        assert sum((await session.census(timeout=20)).counts) > 400000
        limit_address_space(target, 0)
    finally:
        await session.close()
    wait_for_quiet(target)
    limit_address_space(target, None)
    serves(target)
