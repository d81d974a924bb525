"""Either end hears what is no protocol: it says so, and the target serves on."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from memtui.agent import wire
from memtui.attach import attach
from memtui.attach.bundle import payload
from memtui.attach.rendezvous import open_rendezvous
from memtui.model.attachment import Attachment
from memtui.model.errors import (
    MemtuiError,
    ProtocolError,
)
from memtui.rpc.session import Session
from memtui.verbs.census import census
from tests.support.known import known
from tests.support.live import connect
from tests.support.places import visit
from tests.support.serving import serves
from tests.support.target import PATIENCE_S
from tests.support.viewers import wait_for_quiet

#: The agent's Python reads it; how it got there does not matter.
pytestmark = pytest.mark.circle("python")


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
    session = await attach(target.pid, timeout=PATIENCE_S)
    memory = known(session._peer.rss())
    async with connect(target) as line:
        assert line.joined
        line.writer.write(GARBAGE[sent])
        if sent in ("half a frame", "nothing"):
            line.writer.close()
        else:
            answer = await line.read()
            assert answer["error"]["code"] == "garbled"
            assert await line.reader.read() == b""
    assert (await census(session)).names
    assert known(session._peer.rss()) - memory < 16 << 20
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
        reader, writer, _ = await meeting.accept(PATIENCE_S)
    with pytest.raises(MemtuiError) as caught:
        await Session.open(reader, writer, Attachment("handed", 0.0), timeout=PATIENCE_S)
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
