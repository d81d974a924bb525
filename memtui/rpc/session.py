"""A session with an agent: opened with a greeting, asked, closed with a farewell."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self, cast

import memtui
from memtui.agent import wire
from memtui.model.cost import Cost
from memtui.model.errors import MemtuiError, ProtocolError
from memtui.rpc.client import Client
from memtui.rpc.conversation import malformed
from memtui.rpc.decode import RecordReader
from memtui.rpc.names import TypeNames
from memtui.rpc.peer import Peer
from memtui.verbs.hello import Hello, hello
from memtui.verbs.redaction import redacted

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from memtui.model.attachment import Attachment
    from memtui.model.interpreters import Interpreters
    from memtui.verbs.asking import Arguments, OnProgress, Record

#: Deadline of a request where the caller names none, seconds.  A census of 50 M objects fits.
TIMEOUT_S = 60.0

#: How long a farewell may take, seconds; the end of the connection says the same.
_FAREWELL_S = 1.0


class Session:
    """An open session.  Make one with :meth:`open`; leave it with :meth:`close`.

    The questions are in :mod:`memtui.verbs`, one file each; they :meth:`ask`.

    ``last_cost`` is the price of the last answer; ``total_cost`` the sum of all, with the longest
    stall of any.  ``gone`` is set when the connection ended before :meth:`close`.
    """

    hello: Hello

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, attachment: Attachment
    ) -> None:
        """Only for :meth:`open`: a session needs its greeting."""
        self._peer = Peer.of(writer.get_extra_info("socket"))
        self._client = Client(
            reader,
            writer,
            on_cost=self._count_cost,
            why_gone=self._peer.why_gone,
            why_still=self._peer.why_still,
        )
        self.names = TypeNames()
        self._reader = RecordReader(self.names)
        self.attachment = attachment
        self.last_cost = Cost()
        self.total_cost = Cost()
        self.redact = False
        """Whether answers come without the values of the program."""
        self.interpreters: Callable[[], Interpreters | None] = lambda: attachment.interpreters
        """The interpreters that the process has now, or had at the attach where that cannot be read now (None: unknown)."""

    @classmethod
    async def open(
        cls,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        attachment: Attachment,
        *,
        read_only: bool = False,
        timeout: float = 10.0,
    ) -> Self:
        """Greet the agent at the other end of a connection, within ``timeout`` seconds.

        A ``read_only`` session is refused every verb that changes the target.  On failure the
        connection is closed.
        """
        session = cls(reader, writer, attachment)
        try:
            await session._greet(read_only=read_only, timeout=timeout)
        except BaseException:
            await session.close()
            raise
        return session

    async def _greet(self, *, read_only: bool, timeout: float) -> None:
        self.hello = await hello(
            self,
            protocol=wire.PROTOCOL,
            version=memtui.__version__,
            read_only=read_only,
            timeout=timeout,
        )
        if self.hello.protocol != wire.PROTOCOL:
            why = f"the agent speaks {self.hello.protocol}, this viewer {wire.PROTOCOL}"
            raise ProtocolError("protocols differ", why)

    @property
    def pid(self) -> int:
        """The target's PID as it is known on this side."""
        return self._peer.pid or self.hello.pid

    @property
    def read_only(self) -> bool:
        """Whether verbs that change the target are refused."""
        return self.hello.read_only

    @property
    def closed(self) -> bool:
        """Whether the connection has ended, by :meth:`close` or otherwise."""
        return self._client.failure is not None

    @property
    def gone(self) -> asyncio.Event:
        """Set when the connection ended and we did not close it."""
        return self._client.gone

    @property
    def failure(self) -> MemtuiError | None:
        """Why the connection ended; None while it is good."""
        return self._client.failure

    def rss(self) -> int | None:
        """Resident memory of the target now, bytes; None if it cannot be asked."""
        return self._peer.rss()

    async def ask(  # noqa: PLR0913 (a request has that many sides)
        self,
        verb: str,
        args: Arguments | Callable[[], Arguments],
        kind: type[Record],
        *,
        check: Callable[[Record], None] | None = None,
        timeout: float | None = None,
        progress: OnProgress | None = None,
    ) -> Record:
        """Send one request; its answer, as a record of ``kind``, with what it cost.

        ``args`` can be a function, which is called when it is this request's turn.  ``check`` raises
        ValueError where an answer does not fit the question.  ``progress`` is called with a phase,
        how much is done and how much there is.

        Raises TargetGone when the connection is lost (at once, once it is known), DeadlinePassed,
        ProtocolError when the answer is not the protocol (the connection is closed then),
        RequestFailed or a subclass when the agent refuses.  A cancelled task cancels its
        request in the target; the session continues.
        """
        timeout = TIMEOUT_S if timeout is None else timeout
        try:
            raw, cost = await self._client.call(verb, args, timeout=timeout, progress=progress)
        except MemtuiError as error:
            error.name_process(self.pid)
            raise
        try:
            record = self._reader.record(raw, kind, verb)
            if check is not None:
                _checked(check, record, verb)
        except ProtocolError as error:
            self._client.end(error)
            raise
        return _with_cost(redacted(record) if self.redact else record, cost)

    async def close(self) -> None:
        """Say goodbye and hang up, in about 2 s at worst.  Can be called at any time; never raises."""
        await self._client.close("stop", patience=_FAREWELL_S)

    def _count_cost(self, cost: Cost) -> None:
        self.last_cost = cost
        self.total_cost += cost


def _checked(check: Callable[[Record], None], record: Record, verb: str) -> None:
    try:
        check(record)
    except ValueError as error:
        raise malformed(verb, error) from None


def _with_cost(record: Record, cost: Cost) -> Record:
    """``record``, with its cost if it has a field for that."""
    return replace(cast("Any", record), cost=cost) if hasattr(record, "cost") else record
