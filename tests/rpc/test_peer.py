"""What became of the process at the other end: told from its sockets and /proc, with real processes."""

import asyncio
import contextlib
import os
import signal
import socket
import sys

import pytest

from memtui.model.errors import TargetGone
from memtui.rpc.peer import Peer
from memtui.rpc.session import Session
from memtui.verbs.census import census
from tests.support.known import known
from tests.support.scripted import ATTACHMENT, GREETING

# Speaks just enough of the wire to greet; then hangs up, if it is told c, and lives on.
CHILD = f"""
import socket, sys, time
from memtui.agent import wire
peer = socket.socket(socket.AF_UNIX); peer.connect(sys.argv[1])
framer = wire.Framer(wire.REQUEST_LIMIT)
[request] = framer.feed(peer.recv(65536))
peer.sendall(wire.frame(wire.pack({{"id": wire.unpack(request)["id"], "ok": {GREETING!r}}})))
ballast = [bytearray(b"x" * (1 << 20)) for _ in range(100)]
print("ready", flush=True)
if sys.stdin.read(1) == "c":
    peer.close()
while True:
    time.sleep(1)
"""


@contextlib.asynccontextmanager
async def child(tmp_path):
    """``(process, session)``: a session with a process that is not this one."""
    path = str(tmp_path / "s")
    arrived = asyncio.get_running_loop().create_future()
    server = await asyncio.start_unix_server(lambda *pair: arrived.set_result(pair), path)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, path, stdin=pipe, stdout=pipe
    )
    try:
        reader, writer = await asyncio.wait_for(arrived, 60)
        session = await Session.open(reader, writer, ATTACHMENT)
        assert await known(process.stdout).readline() == b"ready\n"
        yield process, session
        await session.close()
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
        server.close()
        await server.wait_closed()


async def test_the_pid_is_that_of_the_other_end_not_what_it_says(tmp_path):
    async with child(tmp_path) as (process, session):
        assert session.hello.pid == GREETING["pid"] != process.pid
        assert session.pid == process.pid


@pytest.mark.parametrize("number", range(5))
async def test_a_killed_process_has_ended(tmp_path, number):
    async with child(tmp_path) as (process, session):
        # Its 100 MiB take the kernel a while, in which the process is still listed.
        process.send_signal(signal.SIGKILL)
        await asyncio.wait_for(session.gone.wait(), 60)
        assert isinstance(session.failure, TargetGone)
        assert str(session.failure) == f"process {process.pid} ended"
        with pytest.raises(TargetGone, match="ended"):
            await census(session)


async def test_a_process_that_only_hangs_up_goes_on(tmp_path):
    async with child(tmp_path) as (process, session):
        process.stdin.write(b"c")
        await asyncio.wait_for(session.gone.wait(), 60)
        assert "the process itself keeps running" in str(session.failure)
        assert session.failure.hint == f"attach again: memtui {process.pid}"


async def test_rss_is_that_of_the_other_end(tmp_path):
    async with child(tmp_path) as (process, _):
        peer = Peer(process.pid)
        assert known(peer.rss()) > 100 << 20
        process.kill()
        await process.wait()
        assert peer.rss() is None
        assert not peer.runs()


def test_nobody_is_at_the_other_end_of_a_tcp_connection():
    with socket.socket(socket.AF_INET) as tcp:
        peer = Peer.of(tcp)
    assert peer.pid == 0
    assert peer.rss() is None
    assert not peer.runs()
    assert Peer(os.getpid()).runs()
