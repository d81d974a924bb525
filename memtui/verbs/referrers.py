"""Verb ``referrers``: how many objects refer to objects of the open page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memtui.verbs.asking import Count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memtui.verbs.asking import Asks, OnProgress


@dataclass(frozen=True, slots=True)
class Referrers:
    """One count for each address of the question, in its order."""

    counts: tuple[Count, ...]


async def referrers(
    session: Asks,
    addresses: Sequence[int],
    *,
    progress: OnProgress | None = None,
    timeout: float | None = None,
) -> dict[int, int]:
    """How many tracked objects refer to each of up to 200 ``addresses`` of the open page."""
    asked = list(dict.fromkeys(addresses))

    def check(answer: Referrers) -> None:
        if len(answer.counts) != len(asked):
            raise ValueError(f"counts: expected {len(asked)} values, got {len(answer.counts)}")

    answer = await session.ask(
        "referrers",
        {"addresses": asked},
        Referrers,
        check=check,
        timeout=timeout,
        progress=progress,
    )
    return dict(zip(asked, answer.counts, strict=True))
