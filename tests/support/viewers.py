"""Viewers in processes of their own, which can be killed at any moment."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from functools import partial
from typing import TYPE_CHECKING, Self

from memtui.attach import attach
from tests.support.target import PATIENCE_S
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from memtui.rpc.session import Session
    from tests.support.target import Target


class Viewer:
    """A fork of this process that attaches to ``pid`` and does ``work`` with the session.

    ``work`` calls its second argument when it is at the point where it should be killed.
    """

    def __init__(
        self, pid: int, work: Callable[[Session, Callable[[], None]], Awaitable[None]]
    ) -> None:
        self._said, writer = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.close(self._said)
                asyncio.run(_view(pid, work, partial(_say, writer)))
                os._exit(0)
            except BaseException as error:
                os.write(writer, f"failed: {error!r} {getattr(error, 'hint', '')}".encode())
                os._exit(1)
        os.close(writer)
        self._ended = False

    def ready(self) -> None:
        """Wait until the work says that it is at that point."""
        said = os.read(self._said, 2000)
        assert said == b"!", f"the viewer {said.decode() or 'was killed'}"

    def kill(self) -> bool:
        """Kill it with SIGKILL; False if its work was done before."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        return os.WIFSIGNALED(self._wait())

    def outcome(self) -> int:
        """Its exit code: 0 when the work was done."""
        return os.waitstatus_to_exitcode(self._wait())

    def _wait(self) -> int:
        self._ended = True
        return os.waitpid(self.pid, 0)[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._ended:
            self.kill()
        os.close(self._said)


def _say(writer: int) -> None:
    os.write(writer, b"!")


async def _view(
    pid: int,
    work: Callable[[Session, Callable[[], None]], Awaitable[None]],
    ready: Callable[[], None],
) -> None:
    session = await attach(pid, timeout=PATIENCE_S)
    try:
        await work(session, ready)
    finally:
        await session.close()


async def stay(_session: Session, ready: Callable[[], None]) -> None:
    """Say that we are in, and stay until we are killed."""
    ready()
    await asyncio.Event().wait()


def wait_for_quiet(target: Target, threads: int = 1) -> None:
    """Wait until no agent is left in ``target``."""
    ask = "import sys; print(hasattr(sys, '_memtui_agent'))"
    until(lambda: tasks(target) == threads and target.execute(ask) == "False\n")


def tasks(target: Target) -> int:
    """How many threads ``target`` has."""
    return len(os.listdir(f"/proc/{target.pid}/task"))


def folders(*viewers: int) -> list[str]:
    """Directories that these viewers left."""
    found = []
    for place in ("/tmp", "/dev/shm", "/run", "/var/tmp"):
        with contextlib.suppress(OSError):
            found += [f"{place}/{name}" for name in os.listdir(place) if _by(name, viewers)]
    return found


def _by(name: str, viewers: tuple[int, ...]) -> bool:
    return any(name.startswith(f"memtui-{viewer}-") for viewer in viewers)


def _wait_until(moment: float) -> None:
    until(lambda: time.monotonic() >= moment)


def moments(count: int, last_s: float) -> Iterator[Callable[[], None]]:
    """Moments to be killed at, from now on: ``count`` of them up to ``last_s`` seconds."""
    for number in range(count):
        yield partial(_wait_until, time.monotonic() + last_s * number / count)
