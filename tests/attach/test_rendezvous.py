"""The socket where the agent calls back: cancelled at every step of a call, it loses nothing."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket

import pytest

from memtui.attach.rendezvous import open_rendezvous
from tests.support.target import PATIENCE_S


@pytest.mark.parametrize("steps", range(8))
@pytest.mark.parametrize("late", [False, True], ids=["said", "silent"])
async def test_cancelled_as_somebody_calls(steps, late) -> None:
    complaints = []
    asyncio.get_running_loop().set_exception_handler(lambda _, said: complaints.append(said))
    meeting = open_rendezvous(os.getpid())
    # This process stands for its own target: it calls, and so passes for the agent.
    with socket.socket(socket.AF_UNIX) as caller:
        waiting = asyncio.ensure_future(meeting.accept(timeout=PATIENCE_S))
        for _ in range(3):
            await asyncio.sleep(0)
        caller.connect(meeting.path_in_target)
        if not late:
            caller.sendall(meeting.token.encode() + b"J")
        for _ in range(steps):
            await asyncio.sleep(0)
        waiting.cancel()
        try:
            _, writer, joined = await waiting
        except asyncio.CancelledError:
            pass
        else:
            assert joined
            writer.close()
            await writer.wait_closed()
        for _ in range(3):
            await asyncio.sleep(0)
        caller.setblocking(False)
        # A connection that is closed with what was said unread is reset; still open, it would block.
        with contextlib.suppress(ConnectionResetError):
            assert not caller.recv(1)
    assert not complaints


async def test_a_stranger_keeps_nobody_out() -> None:
    meeting = open_rendezvous(os.getpid())
    waiting = asyncio.ensure_future(meeting.accept(timeout=PATIENCE_S))
    with socket.socket(socket.AF_UNIX) as stranger, socket.socket(socket.AF_UNIX) as agent:
        stranger.connect(meeting.path_in_target)
        stranger.sendall(b"x" * 33)
        agent.connect(meeting.path_in_target)
        agent.sendall(meeting.token.encode() + b"J")
        _, writer, joined = await waiting
        assert joined
        assert not stranger.recv(1)
        writer.close()
        await writer.wait_closed()


async def test_the_target_may_take_its_time_to_say_who_it_is(monkeypatch) -> None:
    """Its thread has connected, and somebody else in it keeps the GIL for a minute."""
    meeting = open_rendezvous(os.getpid())
    waiting = asyncio.ensure_future(meeting.accept(timeout=100))
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_UNIX) as agent:
        await asyncio.sleep(0)
        agent.connect(meeting.path_in_target)
        for _ in range(9):
            await asyncio.sleep(0)
        clock = loop.time
        monkeypatch.setattr(loop, "time", lambda: clock() + 60)
        for _ in range(9):
            await asyncio.sleep(0)
        agent.sendall(meeting.token.encode() + b"J")
        _, writer, joined = await waiting
        assert joined
        writer.close()
        await writer.wait_closed()
