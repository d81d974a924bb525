"""What all verbs share: whom they ask, and the types that their records are made of."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Protocol, Self, TypeAlias, TypeVar, cast

from msgspec import Meta

from memtui.model.cost import Cost
from memtui.model.safe import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    _Array = array[int]
else:
    _Array = array

Record = TypeVar("Record")

Arguments = Mapping[str, object]
OnProgress = Callable[[str, int, int], None]
"""Called with a phase, how much of it is done, and how much there is."""

Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
"""Anything that is counted, bytes too."""
Address = Annotated[int, Meta(ge=0)]


class Spellings(Protocol):
    """The type names of a session: as the agent spells them, and as they are shown."""

    def __len__(self) -> int:
        """How many names the censuses have brought."""

    def spelled(self, shown: str) -> str:
        """How the agent spells the name ``shown``."""


class Asks(Protocol):
    """Anything that can be asked about a target: a session, or its stand-in in a test."""

    @property
    def names(self) -> Spellings:
        """The type names that are known."""

    @property
    def total_cost(self) -> Cost:
        """What all answers have cost the target."""

    def rss(self) -> int | None:
        """Resident memory of the target now, bytes; None if it is not known."""

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
        """Send one request; its answer, as a record of ``kind``.

        ``args`` that depend on earlier answers can be a function.  ``check`` raises ValueError where
        the answer does not fit the question.  Raises what a session raises.
        """


class Said(Text):
    """A sentence in our words; the wire has a code with its facts."""

    __slots__ = ()

    LIMIT = 4096


class Preview(Said):
    """A value as a short text, or a sentence that says why there is none."""

    __slots__ = ()


NO_PREVIEW = Preview()


if TYPE_CHECKING:
    # For a type checker they are floats.
    Instant: TypeAlias = float
    Milliseconds: TypeAlias = float
    FineMilliseconds: TypeAlias = float
else:

    class _Unit(type):
        """Plain floats are instances of a unit: arithmetic with a subclass is slower."""

        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, float)

    class _Scaled(metaclass=_Unit):
        """A float; the wire has a whole number in a smaller unit."""

        SCALE: float

        def __new__(cls, value: float) -> float:
            return float(value)

        @classmethod
        def from_wire(cls, told: object) -> float:
            """Decode what the agent sent; raises ValueError if it is malformed."""
            if type(told) is not int:
                raise ValueError(f"Expected `int`, got `{type(told).__name__}`")
            if not 0 <= told < 1 << 63:
                raise ValueError("Expected `int` >= 0 and of 63 bits")
            return told / cls.SCALE

    class Instant(_Scaled):
        """Seconds since the epoch; the wire has microseconds."""

        SCALE = 1e6

    class Milliseconds(_Scaled):
        """A duration in milliseconds; the wire has microseconds."""

        SCALE = 1e3

    class FineMilliseconds(_Scaled):
        """A short duration in milliseconds; the wire has nanoseconds."""

        SCALE = 1e6


class Figures(_Array):
    """A column of numbers from 0 on; the wire has eight bytes for each, little-endian."""

    __slots__ = ()

    def __new__(cls, figures: bytes | Sequence[int] = ()) -> Self:
        """A column of ``figures``; bytes are in this machine's byte order."""
        return cast("Self", super().__new__(cls, "q", figures))

    @classmethod
    def from_wire(cls, told: object) -> Self:
        """Decode what the agent sent; raises ValueError if it is malformed."""
        if type(told) is not bytes:
            raise ValueError(f"Expected `bytes`, got `{type(told).__name__}`")
        if len(told) % 8:
            raise ValueError(f"expected 8 bytes for each value, got {len(told) / 8:g} values")
        if not told[7::8].isascii():
            # Check the sign bytes of all rows at once, because every tick does this.
            raise ValueError("expected no value below 0")
        column = cls(told)
        if sys.byteorder == "big":
            column.byteswap()
        return column


class Names(tuple[str, ...]):
    """The type names of a session, safe to show; the wire has only the new ones.

    They are plain ``str``: every tick uses them as keys of dicts, and a subclass is slower there.
    """

    __slots__ = ()
