"""The asyncio shell around a :class:`~memtui.rpc.conversation.Conversation`: one connection.

One request is under way at a time.  The agent is one thread, so a second one could only wait
there; waiting here, it can be cancelled for nothing and its deadline begins when its work does.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memtui.model.errors import DeadlinePassed, MemtuiError, ProtocolError, TargetGone
from memtui.rpc import decode
from memtui.rpc.conversation import Announced, Answered, Conversation, Event, Progressed
from memtui.rpc.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    import msgspec

    from memtui.model.cost import Cost
    from memtui.verbs.asking import Arguments, OnProgress


#: How long past a deadline the viewer waits for the agent to say that it passed, seconds.
GRACE_S = 2.0
#: How often the state of a target that has not answered yet is checked, seconds.
_LOOK_S = 0.5

_CHUNK = 1 << 18


@dataclass(slots=True, eq=False)
class _Waiting:
    """A request that waits for its answer, and who is called with its progress."""

    answer: asyncio.Future[Event]
    progress: OnProgress | None


class Client:
    """Sends requests over ``writer`` and matches them with the answers from ``reader``.

    ``failure`` is None for as long as the connection is good, then the error that every later
    call raises; ``gone`` is set when it ended and we did not end it.  ``on_cost`` gets the price of
    every answer, ``on_event`` every event of the agent.  ``why_gone`` turns the end of the stream
    into an error that says what became of the target, ``why_still`` says why it cannot answer now.
    """

    def __init__(  # noqa: PLR0913 (its two streams and its callbacks)
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        on_cost: Callable[[Cost], None] | None = None,
        on_event: Callable[[Announced], None] | None = None,
        why_gone: Callable[[], MemtuiError] | None = None,
        why_still: Callable[[], MemtuiError | None] | None = None,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._on_cost = on_cost
        self._on_event = on_event
        self._why_gone = why_gone or (lambda: TargetGone("connection to the agent lost"))
        self._why_still = why_still or (lambda: None)
        self._conversation = Conversation()
        self._waiting: dict[int, _Waiting] = {}
        self._turn = asyncio.Lock()
        self._closing = False
        self.gone = asyncio.Event()
        self.failure: MemtuiError | None = None
        self._listener = asyncio.create_task(self._listen(), name="memtui-rpc")

    async def call(
        self,
        verb: str,
        args: Arguments | Callable[[], Arguments],
        *,
        timeout: float | None = None,
        progress: OnProgress | None = None,
    ) -> tuple[msgspec.Raw, Cost]:
        """Send one request and return its raw result and its cost.

        ``args`` that depend on the answers before can be a function; it is called when it is this
        request's turn.
        ``timeout`` in seconds goes along as the deadline, and is watched here too.  Raises
        DeadlinePassed, TargetStopped, the exception for the agent's refusal, ProtocolError, or
        TargetGone.  ``progress`` is also called when the target stands still.
        Cancelling the task that awaits this cancels the work in the target.
        """
        async with self._turn:
            now = args() if callable(args) else args
            return await self._ask(verb, now, timeout, progress, grace=GRACE_S)

    async def close(self, farewell: str, *, patience: float) -> None:
        """Tell the agent ``farewell`` (a verb) and hang up, within 2 × ``patience`` seconds.

        Open requests are abandoned: their awaiters get an error.  Never raises.
        """
        self._closing = True
        ended = MemtuiError("the session was closed", hint="attach again to go on")
        try:
            if self.failure is None:
                self._fail_waiting(ended)
                with contextlib.suppress(MemtuiError):
                    await self._ask(farewell, {}, patience, None, grace=0)
            self.end(ended)
            # A stopped peer reads nothing, so the rest of our bytes stays unsent.
            await asyncio.wait([self._listener], timeout=patience)
        finally:
            self.end(ended)
            self._writer.transport.abort()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    def end(self, why: MemtuiError) -> None:
        """Hang up because of ``why``, which awaiters and later calls get; the first reason stays."""
        if self.failure is not None:
            return
        self.failure = why
        self._fail_waiting(why)
        if not self._closing:
            self.gone.set()
        self._writer.close()

    async def _ask(
        self,
        verb: str,
        args: Arguments,
        timeout: float | None,
        progress: OnProgress | None,
        *,
        grace: float,
    ) -> tuple[msgspec.Raw, Cost]:
        if self.failure is not None:
            raise self.failure.with_traceback(None)
        deadline_ms = None if timeout is None else max(1, round(timeout * 1000))
        request, data = self._conversation.request(verb, args, deadline_ms=deadline_ms)
        waiting = _Waiting(asyncio.get_running_loop().create_future(), progress)
        self._waiting[request] = waiting
        try:
            self._send(data)
            async with asyncio.timeout(None if timeout is None else timeout + grace):
                event = await self._answer(waiting)
        except TimeoutError:
            why = f"the agent did not answer within {timeout:g} s"
            raise self._why_still() or DeadlinePassed(verb, why) from None
        finally:
            del self._waiting[request]
            self._send(self._conversation.abandon(request))
        return self._settle(event)

    async def _answer(self, waiting: _Waiting) -> Event:
        """Wait for the answer; report as progress that the target stands still."""
        while not waiting.answer.done():
            await asyncio.wait((waiting.answer,), timeout=_LOOK_S)
            if not waiting.answer.done() and waiting.progress is not None:
                still = self._why_still()
                if still is not None:
                    waiting.progress(still.what, 0, 0)
        return waiting.answer.result()

    def _settle(self, event: Event) -> tuple[msgspec.Raw, Cost]:
        assert not isinstance(event, Progressed | Announced)
        cost = decode.cost(event.cost)
        if self._on_cost is not None:
            self._on_cost(cost)
        if isinstance(event, Answered):
            return event.result, cost
        raise refusal(event.verb, event.reason)

    def _send(self, data: bytes) -> None:
        if data and not self._writer.is_closing():
            self._writer.write(data)

    async def _listen(self) -> None:
        """Read until the connection ends, and say why it did."""
        try:
            while data := await self._reader.read(_CHUNK):
                for event in self._conversation.receive(data):
                    self._deliver(event)
            self.end(self._why_gone())
        except OSError:
            self.end(self._why_gone())
        except ProtocolError as error:
            self.end(error)

    def _deliver(self, event: Event) -> None:
        if isinstance(event, Announced):
            if self._on_event is not None:
                self._on_event(event)
            return
        waiting = self._waiting.get(event.id)
        if waiting is None or waiting.answer.done():
            return
        if not isinstance(event, Progressed):
            waiting.answer.set_result(event)
        elif waiting.progress is not None:
            try:
                waiting.progress(event.phase, event.done, event.total)
            except Exception as error:  # noqa: BLE001 (the caller's own code: it gets it back)
                waiting.answer.set_exception(error)

    def _fail_waiting(self, error: MemtuiError) -> None:
        for waiting in self._waiting.values():
            if not waiting.answer.done():
                waiting.answer.set_exception(error)
