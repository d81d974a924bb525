"""Answers, from their bytes to the records of :mod:`memtui.verbs`, which msgspec fills.

The types of a record say what its answer must be; msgspec checks that and names the field that
differs.  All text is made safe here: no record has a field of type ``str``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from memtui.model.cost import Cost
from memtui.model.safe import TypeName
from memtui.rpc.conversation import MALFORMED, Spent, malformed
from memtui.rpc.reasons import Reason
from memtui.rpc.refusals import words
from memtui.verbs.asking import Names, Preview, Said

if TYPE_CHECKING:
    from memtui.rpc.names import TypeNames
    from memtui.verbs.asking import Record


class RecordReader:
    """Makes the records of one session, whose type names are ``names``."""

    def __init__(self, names: TypeNames) -> None:
        self._names = names
        self._decoders: dict[type[Any], msgspec.msgpack.Decoder[Any]] = {}

    def record(self, raw: msgspec.Raw, kind: type[Record], verb: str) -> Record:
        """The answer to ``verb``; raises ProtocolError if it cannot be a ``kind``."""
        decoder = self._decoders.get(kind)
        if decoder is None:
            decoder = msgspec.msgpack.Decoder(kind, dec_hook=self._of_type)
            self._decoders[kind] = decoder
        try:
            record: Record = decoder.decode(raw)
        except MALFORMED as error:
            raise malformed(verb, error) from None
        return record

    def _of_type(self, kind: type[Any], told: object) -> object:
        """What msgspec cannot make by itself: texts, instants, columns."""
        if kind is TypeName:
            return self._names.shown(_text(told))
        if kind is Names:
            return self._names.extend(told)
        if issubclass(kind, Said) and not (kind is Preview and type(told) is str):
            return kind(words(msgspec.convert(told, Reason)))
        return kind(_text(told)) if issubclass(kind, str) else kind.from_wire(told)


def _text(told: object) -> str:
    if type(told) is not str:
        raise ValueError(f"Expected `str`, got `{type(told).__name__}`")
    return told


def cost(spent: Spent) -> Cost:
    """Microseconds of the wire as the milliseconds of the model."""
    return Cost(spent.wall_us / 1e3, spent.agent_us / 1e3, spent.stall_us / 1e3)
