"""An agent that answers from a table, at the other end of a socketpair, speaking the real wire.

It does what a real agent cannot do on demand: it sends garbage, stays silent, hangs up, lies.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from memtui.agent import wire
from memtui.model.attachment import Attachment
from memtui.rpc.session import Session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

Request = dict[str, Any]
#: The answer to a request: a result, a coroutine that returns one, or None to say nothing.
Answer = Callable[["ScriptedAgent", Request], Any]

GREETING = {
    "protocol": wire.PROTOCOL,
    "version": "0",
    "pid": 1,
    "python": "3.11.7",
    "implementation": "cpython",
    "executable": "/usr/bin/python3",
    "free_threaded": False,
    "read_only": False,
    "joined": False,
}
COST = {"wall_us": 2000, "agent_us": 1500, "stall_us": 500}
ATTACHMENT = Attachment("scripted", 1.0)
#: A node with a child, both with text that has to be made safe.
NODE = {
    "type": "shop.Cart",
    "address": 0x7F00,
    "size": 56,
    "preview": "\x1b[2Jhi",
    "length": 3,
    "truncated": True,
    "redacted": False,
    "expandable": True,
    "referrers": None,
    "children": [
        [
            "['\u202ekey']",
            {
                "type": "int",
                "address": 1,
                "size": 28,
                "preview": "1",
                "length": None,
                "truncated": False,
                "redacted": False,
                "expandable": False,
                "referrers": 4,
                "children": [],
                "hidden": 0,
            },
        ]
    ],
    "hidden": 7,
}
GC_STATE = {
    "enabled": True,
    "generations": [[700, 12, 3, 4, 0], [10, 1, 2, 3, 0], [10, 0, 1, 2, 0]],
    "frozen": 5,
    "garbage": 1,
    "debug": 0,
    "callbacks": 2,
}


class ScriptedAgent:
    """``answers[verb](agent, request)`` gives the result of a verb, or None to say nothing.

    It may be a coroutine function.  ``requests`` keeps all that arrived, in order.
    """

    def __init__(self, **answers: Answer) -> None:
        usual: dict[str, Answer] = {
            "hello": lambda _agent, _request: GREETING,
            "stop": lambda *_: {},
        }
        self.answers = usual | answers
        self.requests: list[Request] = []
        self.arrived = asyncio.Condition()
        self.framer = wire.Framer(wire.REQUEST_LIMIT)
        self.tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Returns the viewer's reader and writer."""
        here, there = socket.socketpair()
        self.reader, self.writer = await asyncio.open_connection(sock=there)
        self.task = asyncio.create_task(self.serve())
        return await asyncio.open_connection(sock=here)

    async def serve(self) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await self.reader.read(65536):
                for payload in self.framer.feed(data):
                    task = asyncio.create_task(self.handle(wire.unpack(payload)))
                    self.tasks.add(task)
                    task.add_done_callback(self.tasks.discard)

    async def handle(self, request: Request) -> None:
        async with self.arrived:
            self.requests.append(request)
            self.arrived.notify_all()
        act = self.answers.get(request["verb"])
        answer = act(self, request) if act is not None else None
        if asyncio.iscoroutine(answer):
            answer = await answer
        if answer is not None:
            self.send({"id": request["id"], "ok": answer, "cost": COST})

    def send(self, message: dict[str, object]) -> None:
        self.writer.write(wire.frame(wire.pack(message)))

    def fail(self, request: Request, code: str, **facts: object) -> None:
        error = {"code": code, "facts": facts}
        self.send({"id": request["id"], "error": error, "cost": COST})

    async def seen(self, verb: str, count: int = 1) -> Request:
        """Waits until ``count`` requests of ``verb`` have arrived, and returns the last."""
        async with self.arrived:
            await asyncio.wait_for(self.arrived.wait_for(lambda: len(self.of(verb)) >= count), 60)
        return self.of(verb)[-1]

    def of(self, verb: str) -> list[Request]:
        return [request for request in self.requests if request["verb"] == verb]

    def hang_up(self) -> None:
        self.writer.close()


@contextlib.asynccontextmanager
async def scripted_session(
    **answers: Answer,
) -> AsyncIterator[tuple[Session, ScriptedAgent]]:
    """A session with a scripted agent: ``(session, agent)``."""
    agent = ScriptedAgent(**answers)
    reader, writer = await agent.start()
    session = await Session.open(reader, writer, ATTACHMENT)
    try:
        yield session, agent
    finally:
        await session.close()
        agent.hang_up()
        for task in agent.tasks:
            task.cancel()
        await asyncio.gather(agent.task, *agent.tasks, return_exceptions=True)


def census_answer(
    names: object,
    counts: Iterable[int] | bytes,
    sizes: Iterable[int] | bytes,
    *,
    at: float = 1_000.0,
    frozen: object = 0,
    own: object = 0,
) -> dict[str, Any]:
    """Columns are numbers, or bytes that go over the wire as they are."""
    return {
        "at": int(at * 1e6),
        "names": names,
        "counts": counts if isinstance(counts, bytes) else wire.column(counts),
        "sizes": sizes if isinstance(sizes, bytes) else wire.column(sizes),
        "frozen": frozen,
        "own": own,
    }


async def silent(_agent: ScriptedAgent, _request: Request) -> None:
    """An answer that never comes."""
    await asyncio.Event().wait()


def refuse(code: str, **facts: object) -> Answer:
    """An answer that is a refusal."""
    return lambda agent, request: agent.fail(request, code, **facts)
