"""Verb ``globals``: the globals of a module, the longest containers first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from memtui.model.cost import Cost
from memtui.model.safe import Text
from memtui.present.text import count_text, counted
from memtui.verbs.asking import Address, Count
from memtui.verbs.node import Node, check_depth

if TYPE_CHECKING:
    from memtui.model.expression import Tree
    from memtui.verbs.asking import Asks


class Global(NamedTuple):
    """One global.

    ``edge`` is the path to the longest container that it holds itself, which has ``length`` items:
    a class attribute, an attribute or a default of a function, an attribute of an instance.
    Both are None if it is a container itself, or holds no container.
    """

    name: Text
    value: Node
    edge: Text | None = None
    length: Count | None = None

    @property
    def holds(self) -> str:
        """The longest container in words; "" if it holds none."""
        if self.edge is None:
            return ""
        if self.edge.startswith(".?"):
            # The cache of an lru_cache, for example, is not in an attribute with a name.
            return f"holds {counted(self.length or 0, 'entry', 'entries')}"
        return f"holds {self.edge}[{count_text(self.length)}]"


@dataclass(frozen=True, slots=True, eq=False)
class Globals:
    """Globals of ``module``, an object of ``size`` bytes at ``address``.

    ``total`` counts all; ``globals`` are those from ``offset`` on.
    """

    module: Text
    address: Address
    size: Count
    total: Count
    offset: Count
    globals: tuple[Global, ...]
    cost: Cost = field(default_factory=Cost)

    def __post_init__(self) -> None:
        """Raise ValueError if they are nested too deep."""
        check_depth([each.value for each in self.globals])


async def globals_of(  # noqa: PLR0913 (as instances)
    session: Asks,
    module: str,
    name: str | None = None,
    *,
    path: Tree | None = None,
    offset: int = 0,
    limit: int = 200,
    depth: int = 0,
    order: str = "length",
    timeout: float | None = None,
) -> Globals:
    """Up to 200 globals of ``module``, each expanded ``depth`` (0–6) levels.

    With a ``name``, which may be dotted, the one object it leads to, or its ``path``, for names with
    indexes (:func:`memtui.model.expression.steps`).  ``order`` is ``length``
    (containers first, the longest on top), ``size`` or ``name``.  The objects can be expanded and
    asked for their lengths until the next such request or a release of the globals.
    Raises RequestFailed with the code ``no-such-module`` or ``no-such-global``.
    """
    args = {
        "module": module,
        "name": name,
        "path": path,
        "offset": offset,
        "limit": limit,
        "depth": depth,
        "order": order,
    }
    return await session.ask("globals", args, Globals, timeout=timeout)
