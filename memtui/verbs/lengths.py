"""Verb ``lengths``: how many items containers have now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from memtui.verbs.asking import Address, Count, Instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from memtui.verbs.asking import Asks


@dataclass(frozen=True, slots=True, eq=False)
class Lengths:
    """How many items containers had ``at`` a moment, one number for each of ``addresses``.

    None stands for an object that has no length, or that the session no longer holds.
    """

    at: Instant
    lengths: tuple[Count | None, ...]
    addresses: tuple[Address, ...] = ()

    def items(self) -> Iterator[tuple[int, int | None]]:
        """The pairs of address and length."""
        return zip(self.addresses, self.lengths, strict=True)


async def lengths(
    session: Asks, addresses: Sequence[int], *, timeout: float | None = None
) -> Lengths:
    """How many items up to 200 objects of the open page or globals have now."""
    asked = tuple(dict.fromkeys(addresses))

    def check(answer: Lengths) -> None:
        if len(answer.lengths) != len(asked):
            raise ValueError(f"lengths: expected {len(asked)} values, got {len(answer.lengths)}")

    answer = await session.ask(
        "lengths", {"addresses": list(asked)}, Lengths, check=check, timeout=timeout
    )
    return replace(answer, addresses=asked)
