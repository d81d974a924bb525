"""Verb ``expand``: what one object of the open page refers to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from memtui.model.cost import Cost
from memtui.verbs.asking import Count
from memtui.verbs.node import Node, check_depth

if TYPE_CHECKING:
    from memtui.verbs.asking import Asks


@dataclass(frozen=True, slots=True, eq=False)
class Expansion:
    """The children of one object, from ``offset`` on."""

    node: Node
    offset: Count
    cost: Cost = field(default_factory=Cost)

    def __post_init__(self) -> None:
        """Raise ValueError if it is nested too deep."""
        check_depth((self.node,))


async def expand(  # noqa: PLR0913 (as instances)
    session: Asks,
    address: int,
    *,
    depth: int = 1,
    offset: int = 0,
    limit: int = 200,
    timeout: float | None = None,
) -> Expansion:
    """What the object at ``address`` refers to; it must be on the open page or below it."""
    args = {"address": address, "depth": depth, "offset": offset, "limit": limit}
    return await session.ask("expand", args, Expansion, timeout=timeout)
