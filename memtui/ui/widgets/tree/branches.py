"""A tree of objects that is known in part, as the flat list of the lines that are open."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from memtui.model.safe import Text
from memtui.verbs.node import Edge, Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DEEPEST = 6
"""The depth that one request may ask for."""

Key: TypeAlias = tuple[int | str, ...]


@dataclass(slots=True, eq=False)
class Branch:
    """One object at one place of the tree: what is known of it, and whether it is open.

    ``children`` is None until they are requested; ``hidden`` counts further children that are
    known to exist.  ``waiting`` is set while an answer is under way.
    """

    node: Node
    edge: str = ""
    parent: Branch | None = None
    depth: int = 0
    is_open: bool = False
    children: list[Branch] | None = None
    hidden: int = 0
    waiting: bool = False
    referrers: int | None = None

    @property
    def key(self) -> Key:
        """Where it is: the root's address and the edges from there."""
        if self.parent is None:
            return (self.node.address,)
        return (*self.parent.key, self.edge)

    @property
    def repeats(self) -> bool:
        """Whether the same object is among its own ancestors: a reference cycle."""
        above = self.parent
        while above is not None:
            if above.node.address == self.node.address:
                return True
            above = above.parent
        return False

    def as_node(self) -> Node:
        """The object with what is open below it, as one record."""
        if not self.is_open or self.children is None:
            # What was sent below and closed since is left out, and counted.
            known = 0 if self.children is None else len(self.children)
            hidden = self.node.hidden if self.children is None else known + self.hidden
            return replace(self.node, children=(), hidden=hidden)
        children = tuple(Edge(Text(child.edge), child.as_node()) for child in self.children)
        return replace(self.node, children=children, hidden=self.hidden)


@dataclass(frozen=True, slots=True, eq=False)
class More:
    """The line that replaces the ``hidden`` children, which were not sent yet."""

    parent: Branch
    hidden: int
    depth: int

    @property
    def key(self) -> Key:
        """Its parent's place, and that it is the rest."""
        return (*self.parent.key, "…")


Row: TypeAlias = Branch | More


@dataclass(slots=True, eq=False)
class Branches:
    """The roots of one page and all that is open below them; ``rows`` are the visible lines."""

    roots: list[Branch] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    @classmethod
    def of(cls, nodes: Sequence[Node]) -> Branches:
        """A tree with ``nodes`` as roots, open as far as they were sent with children."""
        branches = cls()
        branches.arrange([_branch(node, "", None) for node in nodes])
        return branches

    def arrange(self, roots: Sequence[Branch]) -> None:
        """Put the roots in this order; what is open below them goes along."""
        self.roots = list(roots)
        self.rows = [row for root in self.roots for row in _open_rows(root)]

    def line_of(self, key: Key) -> int | None:
        """The line that shows ``key``."""
        for line, row in enumerate(self.rows):
            if row.key == key:
                return line
        return None

    def open(self, branch: Branch) -> None:
        """Show the children that are known."""
        branch.is_open = True
        self._respread(branch)

    def close(self, branch: Branch) -> None:
        """Hide the children; they stay known."""
        branch.is_open = False
        self._respread(branch)

    def answer(self, branch: Branch, node: Node, offset: int) -> None:
        """Take in the children that came for ``branch``, from ``offset`` on."""
        branch.waiting = False
        known = [] if branch.children is None else branch.children[:offset]
        # If a child is sent again, what was opened below it stays open.
        old = {} if branch.children is None else {child.edge: child for child in branch.children}
        for edge in node.children:
            child = _branch(edge.node, edge.edge, branch)
            before = old.get(edge.edge)
            kept = before is not None and before.node.address == child.node.address
            if kept and child.children is None:
                assert before is not None
                child = before
            known.append(child)
        branch.children = known
        branch.hidden = node.hidden
        branch.is_open = True
        self._respread(branch)

    def _respread(self, branch: Branch) -> None:
        start = self.rows.index(branch)
        end = start + 1
        while end < len(self.rows) and self.rows[end].depth > branch.depth:
            end += 1
        self.rows[start:end] = _open_rows(branch)


def _branch(node: Node, edge: str, parent: Branch | None) -> Branch:
    depth = 0 if parent is None else parent.depth + 1
    branch = Branch(node, edge, parent, depth, referrers=node.referrers)
    if node.children:
        branch.children = [_child(below, branch) for below in node.children]
        branch.hidden = node.hidden
        branch.is_open = True
    return branch


def _child(edge: Edge, parent: Branch) -> Branch:
    return _branch(edge.node, edge.edge, parent)


def _open_rows(branch: Branch) -> Iterator[Row]:
    yield branch
    if not branch.is_open or branch.children is None:
        return
    for child in branch.children:
        yield from _open_rows(child)
    if branch.hidden:
        yield More(branch, branch.hidden, branch.depth + 1)
