"""The viewer's half of the protocol without a socket: requests out, bytes in, events out.

What a hostile or broken peer can do to the viewer, it does here; so this is a plain state machine
that the tests feed with arbitrary bytes.  Frames are opened in two steps.  The envelope is decoded
first, and everything in it that can nest stays raw; msgspec walks over raw values, so that every
length they claim is known to be there before :mod:`memtui.rpc.decode` builds objects from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import msgspec

from memtui.agent import wire
from memtui.model.errors import ProtocolError
from memtui.model.safe import safe
from memtui.rpc.phases import phase_text
from memtui.rpc.reasons import Reason
from memtui.rpc.refusals import words

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What decoding raises if the bytes are malformed.
MALFORMED = (msgspec.MsgspecError, RecursionError, ValueError, OverflowError)


class Envelope(msgspec.Struct):
    """Any frame from the agent; its fields show which kind it is."""

    id: int
    ok: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    error: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    progress: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    event: str | msgspec.UnsetType = msgspec.UNSET
    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    cost: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class Spent(msgspec.Struct):
    """``cost`` on the wire: microseconds."""

    wall_us: int = 0
    agent_us: int = 0
    stall_us: int = 0


class Step(msgspec.Struct):
    """``progress`` on the wire."""

    phase: str
    done: int
    total: int
    of: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """The agent did what request ``id`` asked for."""

    id: int
    verb: str
    result: msgspec.Raw
    cost: Spent


@dataclass(frozen=True, slots=True, eq=False)
class Refused:
    """The agent did not do what request ``id`` asked for."""

    id: int
    verb: str
    reason: Reason
    cost: Spent


@dataclass(frozen=True, slots=True, eq=False)
class Progressed:
    """Request ``id`` has done ``done`` of ``total`` in the current ``phase``."""

    id: int
    phase: str
    done: int
    total: int


@dataclass(frozen=True, slots=True, eq=False)
class Announced:
    """Something happened in the target that no request asked for."""

    event: str
    data: msgspec.Raw


Part = TypeVar("Part")
Event = Answered | Refused | Progressed | Announced

_envelope = msgspec.msgpack.Decoder(Envelope)
_spent = msgspec.msgpack.Decoder(Spent)
_reason = msgspec.msgpack.Decoder(Reason)
_step = msgspec.msgpack.Decoder(Step)
_NIL = msgspec.Raw(b"\xc0")


class Conversation:
    """Numbers the requests and knows which of them are still to be answered."""

    def __init__(self, limit: int = wire.ANSWER_LIMIT) -> None:
        self._framer = wire.Framer(limit)
        self._last_id = 0
        self._asked: dict[int, str] = {}
        self._abandoned: dict[int, str] = {}

    def request(
        self, verb: str, args: Mapping[str, object], *, deadline_ms: int | None = None
    ) -> tuple[int, bytes]:
        """A new request: its id, and the bytes to send."""
        self._last_id += 1
        # Names that the agent sent are texts of our own types here.
        plain = {name: str(arg) if isinstance(arg, str) else arg for name, arg in args.items()}
        message: dict[str, object] = {"id": self._last_id, "verb": verb, "args": plain}
        if deadline_ms is not None:
            message["deadline_ms"] = deadline_ms
        data = wire.frame(wire.pack(message))
        self._asked[self._last_id] = verb
        return self._last_id, data

    def abandon(self, request: int) -> bytes:
        """Stop waiting for ``request``: the bytes that cancel it; empty if it was answered.

        Its answer may be on the way, and that of the cancellation comes too; both are swallowed.
        """
        verb = self._asked.pop(request, None)
        if verb is None:
            return b""
        self._abandoned[request] = verb
        cancel, data = self.request("cancel", {"id": request})
        self._abandoned[cancel] = self._asked.pop(cancel)
        return data

    @property
    def owed(self) -> int:
        """How many answers are still to come, swallowed ones included."""
        return len(self._asked) + len(self._abandoned)

    def receive(self, data: bytes) -> list[Event]:
        """What the next ``data`` from the agent says; :class:`ProtocolError` if it says nothing.

        Nothing can be received after that: nobody knows where the next frame begins.
        """
        try:
            payloads = self._framer.feed(data)
        except wire.WireError as error:
            raise ProtocolError(
                "the agent sent something that is not a frame", str(error)
            ) from None
        events: list[Event] = []
        for payload in payloads:
            event = self._open(payload)
            if event is not None:
                events.append(event)
        return events

    def _open(self, payload: bytes) -> Event | None:
        try:
            envelope = _envelope.decode(payload)
        except MALFORMED as error:
            raise malformed("a frame", error) from None
        if envelope.id == 0:
            return _unsolicited(envelope)
        said = [name for name in ("ok", "error", "progress") if _is_set(envelope, name)]
        if len(said) != 1:
            got = " and ".join(said) or "none"
            why = f"expected one of ok, error and progress, got {got}"
            raise ProtocolError(f"the agent's answer {envelope.id} is malformed", why)
        if said == ["progress"]:
            return self._progressed(envelope)
        verb = self._asked.pop(envelope.id, None)
        if verb is None:
            self._swallow(envelope.id)
            return None
        return _answer(envelope, verb)

    def _progressed(self, envelope: Envelope) -> Event | None:
        if envelope.id not in self._asked:
            if envelope.id not in self._abandoned:
                raise _unknown(envelope.id)
            return None
        step = _part(_step, envelope.progress, f"{self._asked[envelope.id]}: progress")
        return Progressed(
            envelope.id, phase_text(step.phase, step.of), max(0, step.done), max(0, step.total)
        )

    def _swallow(self, request: int) -> None:
        if self._abandoned.pop(request, None) is None:
            raise _unknown(request)


def _is_set(envelope: Envelope, name: str) -> bool:
    return getattr(envelope, name) is not msgspec.UNSET


def _unsolicited(envelope: Envelope) -> Event:
    if not isinstance(envelope.error, msgspec.UnsetType):
        reason = _part(_reason, envelope.error, "error")
        raise ProtocolError("the agent did not understand this viewer", words(reason))
    if isinstance(envelope.event, msgspec.UnsetType):
        raise ProtocolError("a frame from the agent is malformed", "it has neither id nor event")
    data = _NIL if isinstance(envelope.data, msgspec.UnsetType) else envelope.data
    return Announced(safe(envelope.event), data)


def _answer(envelope: Envelope, verb: str) -> Event:
    cost = Spent()
    if not isinstance(envelope.cost, msgspec.UnsetType):
        cost = _part(_spent, envelope.cost, f"{verb}: cost")
    if isinstance(envelope.ok, msgspec.UnsetType):
        reason = _part(_reason, envelope.error, f"{verb}: error")
        return Refused(envelope.id, verb, reason, cost)
    return Answered(envelope.id, verb, envelope.ok, cost)


def _part(
    decoder: msgspec.msgpack.Decoder[Part], raw: msgspec.Raw | msgspec.UnsetType, what: str
) -> Part:
    assert not isinstance(raw, msgspec.UnsetType)
    try:
        return decoder.decode(raw)
    except MALFORMED as error:
        raise malformed(what, error) from None


def _unknown(request: int) -> ProtocolError:
    return ProtocolError(
        "the agent answered a request that was not made", f"no request {request} is open"
    )


def malformed(what: str, error: Exception) -> ProtocolError:
    """The :class:`ProtocolError` for ``what`` that could not be decoded because of ``error``.

    msgspec's texts name the field, the type expected there and the one that came.
    """
    return ProtocolError(f"{what} from the agent is malformed", safe(str(error)))
