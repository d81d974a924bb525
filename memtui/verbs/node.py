"""An object of the target, with what it refers to: several verbs answer with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from memtui.model.safe import Text, TypeName
from memtui.present.text import count_text
from memtui.present.words import WITHHELD
from memtui.verbs.asking import Address, Count, Preview

if TYPE_CHECKING:
    from collections.abc import Iterable

#: How deep an answer may nest; the agent expands 6 levels.
DEEPEST = 16


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One object as the agent saw it, without running a line of its code.

    ``size`` is the shallow size in bytes; ``length`` the number of items of an exact builtin
    container or string, else None; ``bound`` the most that it keeps, if its type says so; ``preview`` a short text, or why there is none; ``truncated`` is set if the preview is
    cut; ``redacted`` if it was withheld; ``expandable`` if the object has children.
    ``children`` are the expanded ones, and ``hidden`` counts those left out behind them.
    ``referrers`` counts tracked objects and frames that hold it (None: not asked).
    """

    type: TypeName
    address: Address
    size: Count
    preview: Preview
    length: Count | None = None
    truncated: bool = False
    redacted: bool = False
    expandable: bool = False
    referrers: Count | None = None
    children: tuple[Edge, ...] = ()
    hidden: Count = 0
    bound: Count | None = None

    @property
    def kind(self) -> str:
        """Its type as it is written: with the length, if it has one."""
        return str(self.type) if self.length is None else f"{self.type}[{count_text(self.length)}]"

    @property
    def shown(self) -> str:
        """The text that shows its value."""
        return WITHHELD if self.redacted else self.preview


class Edge(NamedTuple):
    """How a parent reaches a child: ``.name``, ``[0]``, ``['key']``, ``{key}`` or ``.?``."""

    edge: Text
    node: Node


def check_depth(nodes: Iterable[Node]) -> None:
    """Raise ValueError if ``nodes`` nest too deep to be walked."""
    level = nodes
    for _ in range(DEEPEST):
        level = [edge.node for node in level for edge in node.children]
        if not level:
            return
    raise ValueError(f"children: nested deeper than {DEEPEST}")
