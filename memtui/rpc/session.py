"""A session with an agent: one method for each verb, records for answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self, TypeVar

import memtui
from memtui.agent import wire
from memtui.model.cost import Cost
from memtui.model.errors import MemtuiError, ProtocolError
from memtui.rpc import decode
from memtui.rpc.allocations import AllocationVerbs
from memtui.rpc.client import Client
from memtui.rpc.globals import GlobalsVerbs
from memtui.rpc.names import TypeNames
from memtui.rpc.peer import Peer
from memtui.rpc.untracked import UntrackedVerbs
from memtui.rpc.watch import WatchVerbs

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping, Sequence

    import msgspec

    from memtui.model.attachment import Attachment, Hello
    from memtui.model.census import Census
    from memtui.model.collector import Collection, GcState
    from memtui.model.expression import Tree
    from memtui.model.instances import Expansion, Page
    from memtui.rpc.client import Progress

Record = TypeVar("Record")

#: Deadline of a request where the caller names none, seconds.  A census of 50 M objects fits.
TIMEOUT_S = 60.0

#: How long a farewell may take, seconds; the end of the connection says the same.
_FAREWELL_S = 1.0


class Session(AllocationVerbs, GlobalsVerbs, UntrackedVerbs, WatchVerbs):
    """An open session.  Make one with :meth:`open`; leave it with :meth:`close`.

    Every method that asks the agent raises: TargetGone when the connection is lost (at once,
    once it is known), DeadlinePassed, ProtocolError when the answer is not the protocol (the
    connection is closed then), RequestFailed or one of its kind when the agent refuses.  A
    cancelled task cancels its request in the target; the session goes on.  ``progress`` is called
    with a phase, how much is done and how much there is.

    ``last_cost`` is the price of the last answer; ``total_cost`` the sum of all, with the longest
    stall of any.  ``gone`` is set when the connection ended without :meth:`close`.
    """

    hello: Hello

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, attachment: Attachment
    ) -> None:
        """Only for :meth:`open`: a session without a greeting is none."""
        self._peer = Peer.of(writer.get_extra_info("socket"))
        self._client = Client(
            reader,
            writer,
            on_cost=self._count_cost,
            why_gone=self._peer.why_gone,
            why_still=self._peer.why_still,
        )
        self._names = TypeNames()
        self.attachment = attachment
        self.last_cost = Cost()
        self.total_cost = Cost()

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
        args = {"protocol": wire.PROTOCOL, "version": memtui.__version__, "read_only": read_only}
        self.hello = await self._ask("hello", args, lambda raw, _: decode.hello(raw), timeout)
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
        """Whether the connection has ended, by :meth:`close` or without our doing."""
        return self._client.failure is not None

    @property
    def gone(self) -> asyncio.Event:
        """Set when the connection ended without our doing."""
        return self._client.gone

    @property
    def failure(self) -> MemtuiError | None:
        """Why the connection ended; None while it is good."""
        return self._client.failure

    async def census(
        self, *, progress: Progress | None = None, timeout: float | None = None
    ) -> Census:
        """Count all objects that the collector tracks, by type.

        While no type is new, censuses of one session share one ``names`` tuple.
        """
        return await self._ask(
            "census",
            lambda: {"since": len(self._names)},
            lambda raw, cost: decode.census(raw, cost, self._names),
            timeout,
            progress,
        )

    async def instances(  # noqa: PLR0913 (a page has that many sides)
        self,
        type: str,  # noqa: A002 (the name on every floor)
        *,
        offset: int = 0,
        limit: int = 200,
        order: str = "largest",
        depth: int = 0,
        subclasses: bool = False,
        where: Tree | None = None,
        expr: Tree | None = None,
        progress: Progress | None = None,
        timeout: float | None = None,
    ) -> Page:
        """Open a page of up to 200 instances of ``type``, each expanded ``depth`` (0–6) levels.

        ``order`` is ``largest``, ``oldest`` or ``newest``.  The objects of the page stay alive
        until the next page, :meth:`release` or the end of the session.
        With ``subclasses`` instances of types derived from it count too.  Only those for which
        ``where`` holds are counted and shown; ``expr`` adds a value for each, ``depth`` levels deep.
        """
        args = {
            "type": self._names.spelled(type),
            "offset": offset,
            "limit": limit,
            "order": order,
            "depth": depth,
            "subclasses": subclasses,
            "where": where,
            "expr": expr,
        }
        return await self._ask(
            "instances",
            args,
            lambda raw, cost: decode.page(raw, cost, self._names),
            timeout,
            progress,
        )

    async def expand(
        self,
        address: int,
        *,
        depth: int = 1,
        offset: int = 0,
        limit: int = 200,
        timeout: float | None = None,
    ) -> Expansion:
        """What the object at ``address`` refers to; it must be on the open page or below it."""
        return await self._ask(
            "expand",
            {"address": address, "depth": depth, "offset": offset, "limit": limit},
            lambda raw, cost: decode.expansion(raw, cost, self._names),
            timeout,
        )

    async def referrers(
        self,
        addresses: Sequence[int],
        *,
        progress: Progress | None = None,
        timeout: float | None = None,
    ) -> dict[int, int]:
        """How many tracked objects refer to each of up to 200 ``addresses`` of the open page."""
        asked = list(dict.fromkeys(addresses))
        counts = await self._ask(
            "referrers",
            {"addresses": asked},
            lambda raw, _: decode.referrers(raw, len(asked)),
            timeout,
            progress,
        )
        return dict(zip(asked, counts, strict=True))

    async def release(self, *, timeout: float | None = None) -> None:
        """Let go of the objects of the open page."""
        await self._ask("release", {}, lambda _raw, _cost: None, timeout)

    async def collect(
        self,
        generation: int = 2,
        *,
        progress: Progress | None = None,
        timeout: float | None = None,
    ) -> Collection:
        """Force a collection of ``generation`` (0–2) and tell what it freed.

        RSS is read on this side, right before the request and right after its answer.
        """
        rss_before = self._peer.rss()
        return await self._ask(
            "collect",
            {"generation": generation},
            lambda raw, cost: decode.collection(
                raw, cost, self._names, rss_before=rss_before, rss_after=self._peer.rss()
            ),
            timeout,
            progress,
        )

    async def gc_state(self, *, timeout: float | None = None) -> GcState:
        """The collector's settings and counters."""
        return await self._ask("collector", {}, decode.gc_state, timeout)

    async def close(self) -> None:
        """Say goodbye and hang up, in about 2 s at worst.  Can be called at any time; never raises."""
        await self._client.close("stop", patience=_FAREWELL_S)

    async def _ask(
        self,
        verb: str,
        args: Mapping[str, object] | Callable[[], Mapping[str, object]],
        read: Callable[[msgspec.Raw, Cost], Record],
        timeout: float | None,
        progress: Progress | None = None,
    ) -> Record:
        """One request; ``read`` makes the record of its answer."""
        timeout = TIMEOUT_S if timeout is None else timeout
        raw, cost = await self._client.call(verb, args, timeout=timeout, progress=progress)
        try:
            return read(raw, cost)
        except ProtocolError as error:
            self._client.end(error)
            raise

    def _count_cost(self, cost: Cost) -> None:
        self.last_cost = cost
        self.total_cost += cost
