"""Verb ``instances``: the objects of a type, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from memtui.model.cost import Cost
from memtui.model.safe import Text, TypeName
from memtui.verbs.asking import Count, Said
from memtui.verbs.node import Node, check_depth

if TYPE_CHECKING:
    from memtui.model.expression import Tree
    from memtui.verbs.asking import Asks, OnProgress


@dataclass(frozen=True, slots=True)
class Search:
    """Which instances are wanted, and what to show of them, as it was typed.

    Instances of ``type``, and of derived types if ``subclasses`` is set, for which the expression
    ``where`` holds ("": all); ``expr`` is what to show of each ("": nothing).
    """

    type: str
    where: str = ""
    expr: str = ""
    subclasses: bool = False

    @property
    def what(self) -> str:
        """What is wanted, in words."""
        if address_of(self.type) is None:
            return f"instances of {self.type}"
        return f"the object at {self.type}"

    @property
    def doing(self) -> str:
        """What runs while it is looked for."""
        verb = "Listing" if address_of(self.type) is None else "Looking for"
        return f"{verb} {self.what}"


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """Up to ``limit`` instances of ``type`` from ``offset`` on; ``total`` counts all there are.

    With an expression, ``values`` has one for each of ``instances``.  With a condition, ``total``
    counts the ``examined`` instances for which it holds; for ``undecided`` others it gave no
    answer, and ``problem`` is the last reason.  ``untracked`` is set if the collector does not track
    instances of the type; the shown ones are of another type of that name or of a derived type.
    """

    type: TypeName
    total: Count
    offset: Count
    order: Text
    instances: tuple[Node, ...]
    frozen: Count = 0
    untracked: bool = False
    values: tuple[Node, ...] = ()
    examined: Count = 0
    undecided: Count = 0
    problem: Said | None = None
    cost: Cost = field(default_factory=Cost)

    def __post_init__(self) -> None:
        """Raise ValueError if values are missing, or nested too deep."""
        if self.values and len(self.values) != len(self.instances):
            raise ValueError(f"{len(self.values)} values for {len(self.instances)} instances")
        check_depth((*self.instances, *self.values))


def address_of(text: str) -> int | None:
    """The number in a text such as ``0x7f0012345678``; None if it is the name of a type."""
    digits = text[2:] if text[:2].lower() == "0x" else ""
    if not digits.isascii() or not digits.isalnum():
        return None
    try:
        address = int(digits, 16)
    except ValueError:
        return None
    return address if address < 1 << 62 else None


async def instances(  # noqa: PLR0913 (a page has that many sides)
    session: Asks,
    type: str,  # noqa: A002 (the name on every floor)
    *,
    offset: int = 0,
    limit: int = 200,
    order: str = "largest",
    depth: int = 0,
    subclasses: bool = False,
    where: Tree | None = None,
    expr: Tree | None = None,
    progress: OnProgress | None = None,
    timeout: float | None = None,
) -> Page:
    """Open a page of up to 200 instances of ``type``, each expanded ``depth`` (0–6) levels.

    A ``type`` that is an address, as ``0x7f0012345678``, opens the page of the one object there.
    ``order`` is ``largest``, ``oldest`` or ``newest``.  The objects of the page stay alive
    until the next page, a release or the end of the session.
    With ``subclasses`` instances of types derived from it count too.  Only those for which
    ``where`` holds are counted and shown; ``expr`` adds a value for each, ``depth`` levels deep.
    """
    address = address_of(type)
    args = {
        "type": "" if address is not None else session.names.spelled(type),
        "address": address,
        "offset": offset,
        "limit": limit,
        "order": order,
        "depth": depth,
        "subclasses": subclasses,
        "where": where,
        "expr": expr,
    }
    return await session.ask("instances", args, Page, timeout=timeout, progress=progress)
