"""An agent that answers from a table, at the other end of a socketpair, speaking the real wire.

For what a real agent does not do on demand: garbage, silence, hanging up, lies.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket

from memtui.agent import wire
from memtui.model.attachment import Attachment
from memtui.rpc.session import Session

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

    def __init__(self, **answers):
        self.answers = {"hello": lambda _agent, _request: GREETING, "stop": lambda *_: {}} | answers
        self.requests = []
        self.arrived = asyncio.Condition()
        self.framer = wire.Framer(wire.REQUEST_LIMIT)
        self.tasks = set()

    async def start(self):
        """Returns the viewer's reader and writer."""
        here, there = socket.socketpair()
        self.reader, self.writer = await asyncio.open_connection(sock=there)
        self.task = asyncio.create_task(self.serve())
        return await asyncio.open_connection(sock=here)

    async def serve(self):
        with contextlib.suppress(ConnectionError):
            while data := await self.reader.read(65536):
                for payload in self.framer.feed(data):
                    task = asyncio.create_task(self.handle(wire.unpack(payload)))
                    self.tasks.add(task)
                    task.add_done_callback(self.tasks.discard)

    async def handle(self, request):
        async with self.arrived:
            self.requests.append(request)
            self.arrived.notify_all()
        answer = self.answers.get(request["verb"], lambda *_: None)(self, request)
        if asyncio.iscoroutine(answer):
            answer = await answer
        if answer is not None:
            self.send({"id": request["id"], "ok": answer, "cost": COST})

    def send(self, message):
        self.writer.write(wire.frame(wire.pack(message)))

    def fail(self, request, code, **facts):
        error = {"code": code, "facts": facts}
        self.send({"id": request["id"], "error": error, "cost": COST})

    async def seen(self, verb, count=1):
        """Waits until ``count`` requests of ``verb`` have arrived, and returns the last."""
        async with self.arrived:
            await asyncio.wait_for(self.arrived.wait_for(lambda: len(self.of(verb)) >= count), 60)
        return self.of(verb)[-1]

    def of(self, verb):
        return [request for request in self.requests if request["verb"] == verb]

    def hang_up(self):
        self.writer.close()


@contextlib.asynccontextmanager
async def scripted_session(**answers):
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


def census_answer(names, counts, sizes, *, at=1_000.0, frozen=0, own=0):
    """Columns are numbers, or what goes over the wire as it is."""
    counts, sizes = (
        column if isinstance(column, bytes) else wire.column(column) for column in (counts, sizes)
    )
    return {
        "at_us": int(at * 1e6),
        "names": names,
        "counts": counts,
        "sizes": sizes,
        "frozen": frozen,
        "own": own,
    }


async def silent(_agent, _request):
    """An answer that never comes."""
    await asyncio.Event().wait()


def refuse(code, **facts):
    """An answer that is a refusal."""
    return lambda agent, request: agent.fail(request, code, **facts)
