"""A real agent in a real process, reached without any method of attaching.

The target gets a command on its stdin and runs the payload itself.  Everything after that is as in
the product: the private socket, the bundle, the thread, the protocol.
"""

from __future__ import annotations

import contextlib
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from memtui.agent import wire
from memtui.attach.bundle import payload
from memtui.attach.rendezvous import open_rendezvous
from memtui.rpc.reasons import Reason
from memtui.rpc.refusals import refusal
from tests.support.target import PATIENCE_S, Target

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.support.interpreters import Interpreter


@dataclass
class Line:
    """A bare connection to an agent: frames out, frames in; no greeting was said."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    joined: bool
    progress: list[dict[str, Any]] = field(default_factory=list)
    _last: int = 0

    async def hello(self, *, read_only: bool = False) -> dict[str, Any]:
        answer = await self.ask(
            "hello", protocol=wire.PROTOCOL, version="0.0-test", read_only=read_only
        )
        result: dict[str, Any] = answer["ok"]
        return result

    async def ask(
        self, verb: str, *, deadline_ms: int | None = None, **args: object
    ) -> dict[str, Any]:
        """The whole answer to one request; its progress messages are kept in ``progress``."""
        answer = await self.answer(self.send(verb, deadline_ms=deadline_ms, **args))
        if verb == "census" and "ok" in answer:
            for column in ("counts", "sizes"):
                answer["ok"][column] = array("q", answer["ok"][column]).tolist()
        return answer

    async def ok(self, verb: str, **args: Any) -> dict[str, Any]:
        """The result of one request that must not fail."""
        answer = await self.ask(verb, **args)
        assert "ok" in answer, answer
        result: dict[str, Any] = answer["ok"]
        return result

    def send(self, verb: str, *, deadline_ms: int | None = None, **args: object) -> int:
        """Send a request and return its id."""
        self._last += 1
        request: dict[str, object] = {"id": self._last, "verb": verb, "args": args}
        if deadline_ms is not None:
            request["deadline_ms"] = deadline_ms
        self.writer.write(wire.frame(wire.pack(request)))
        return self._last

    async def answer(self, request: int) -> dict[str, Any]:
        """The next answer, which must be the one to ``request``."""
        while True:
            message = await self.read()
            if "progress" in message:
                self.progress.append(message["progress"])
                continue
            assert message["id"] == request, message
            return message

    async def answers(self, *requests: int) -> dict[int, dict[str, Any]]:
        """The answers to ``requests``, by id, in any order."""
        found: dict[int, dict[str, Any]] = {}
        while len(found) < len(requests):
            message = await self.read()
            if "progress" not in message:
                assert message["id"] in requests, message
                found[message["id"]] = message
        return found

    async def read(self) -> dict[str, Any]:
        """The next message of any kind."""
        length = int.from_bytes(await self.reader.readexactly(4), "big")
        message: dict[str, Any] = wire.unpack(await self.reader.readexactly(length))
        return message

    async def hang_up(self) -> None:
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


@contextlib.asynccontextmanager
async def connect(target: Target, *, timeout: float = PATIENCE_S) -> AsyncIterator[Line]:
    """A connection to the agent of ``target``, new or already there; closed at the end."""
    async with open_rendezvous(target.pid) as meeting:
        target.execute(payload(meeting.path_in_target, meeting.token))
        line = Line(*await meeting.accept(timeout))
    try:
        yield line
    finally:
        await line.hang_up()


@contextlib.asynccontextmanager
async def live_session(
    interpreter: Interpreter | str, script: str | Path = "plain.py", *args: str
) -> AsyncIterator[tuple[Target, Line]]:
    """A target running ``script`` and a bare connection to a new agent in it.

    ``line.reader`` and ``line.writer`` are what ``Session.open`` takes.
    """
    with Target(interpreter, script, *args) as target:
        async with connect(target) as line:
            yield target, line


def said(error: dict[str, Any]) -> tuple[Any, Any]:
    """The words that a user reads for an answer's ``error`` or a note: the sentence, and the hint."""
    found = refusal("", msgspec.convert(error, Reason))
    return found.why, found.hint
