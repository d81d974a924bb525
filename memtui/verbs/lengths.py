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

    None stands for an object that has no length, or that the session no longer holds.  ``marks``, where
    they were asked for, differ from one time to the next if a container has other entries now; None
    if nothing can be said.
    """

    at: Instant
    lengths: tuple[Count | None, ...]
    addresses: tuple[Address, ...] = ()
    marks: tuple[tuple[Count, ...] | None, ...] = ()

    def items(self) -> Iterator[tuple[int, int | None]]:
        """The pairs of address and length."""
        return zip(self.addresses, self.lengths, strict=True)


async def lengths(
    session: Asks,
    addresses: Sequence[int],
    *,
    marks: bool = False,
    timeout: float | None = None,
) -> Lengths:
    """How many items up to 200 objects of the open page or globals have now; with ``marks`` of their entries."""
    asked = tuple(dict.fromkeys(addresses))

    def check(answer: Lengths) -> None:
        if len(answer.lengths) != len(asked):
            raise ValueError(f"lengths: expected {len(asked)} values, got {len(answer.lengths)}")
        if marks and len(answer.marks) != len(asked):
            raise ValueError(f"marks: expected {len(asked)} values, got {len(answer.marks)}")

    args = {"addresses": list(asked), "marks": marks}
    answer = await session.ask("lengths", args, Lengths, check=check, timeout=timeout)
    return replace(answer, addresses=asked)
