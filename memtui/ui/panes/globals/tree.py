"""A module as a tree of its globals, with the length of what is shown and how it grows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from memtui.model.safe import TypeName
from memtui.present.cells import fitted
from memtui.present.spans import Line, Span, cropped, width_of
from memtui.present.text import count_text, rate_text, size_text
from memtui.ui.widgets.tree.branches import Branch, More
from memtui.ui.widgets.tree.node_tree import NodeTree
from memtui.verbs.asking import Preview
from memtui.verbs.node import Edge, Node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from memtui.verbs.globals import Global, Globals

_LENGTH, _RATE, _SIZE = 11, 9, 9
_WIDEST = 118
_ASKED = 200


class Length(NamedTuple):
    """How many entries a container has, and how that changes, if it is known."""

    entries: int
    per_minute: float | None


class GlobalsTree(NodeTree):
    """The root is the module; globals are its children, in the order they were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self._lengths: Mapping[int, Length] = {}
        self._globals: dict[str, Global] = {}

    def show_globals(self, found: Globals) -> None:
        """Show another module, or the same one again."""
        self._lengths = {}
        self._globals = {row.name: row for row in found.globals}
        self.show((_module_node(found),), "module")

    def take_globals(self, found: Globals) -> None:
        """More globals of the same module."""
        self._globals.update((row.name, row) for row in found.globals)
        self.take(self.branches.roots[0], _module_node(found), found.offset)

    def containers(self) -> list[int]:
        """Addresses of open lines that have a length, at most 200."""
        found = dict.fromkeys(
            row.node.address
            for row in self.branches.rows
            if isinstance(row, Branch) and row.depth and _grows(row.node)
        )
        return list(found)[:_ASKED]

    def take_lengths(self, lengths: Mapping[int, Length]) -> None:
        """How long the containers are now, by address."""
        self._lengths = lengths
        self.lines_changed()

    # --- the lines ----------------------------------------------------------------------------

    def heading(self, width: int) -> Line | None:
        """The titles of the figures at the right."""
        if not self.branches.rows:
            return None
        titles = (("length", _LENGTH), ("per min", _RATE), ("size", _SIZE))
        figures = "".join(fitted(title, size, "right") for title, size in titles)
        room = min(_WIDEST, width - len(figures) - 2)
        return (Span(" " + fitted("  object", room, "left"), "head"), Span(figures, "head"))

    def spans_of(self, line: int, width: int) -> Line:
        """A global, or something below one."""
        row = self.branches.rows[line]
        if isinstance(row, More):
            return super().spans_of(line, width)
        figures = self._length_and_size(row)
        room = min(_WIDEST, width - width_of(figures) - 2)
        handle = "⋯ " if row.waiting else "▼ " if row.is_open else "▶ "
        if not row.node.expandable and row.children is None:
            handle = "  "
        text = cropped((Span("  " * row.depth + handle, "dim"), *self._words(row)), room)
        return (Span(" "), *text, Span(" " * (room - width_of(text))), *figures)

    def kind_of(self, node: Node) -> str:
        """With the length that it has now: it stands in the same line."""
        now = self._lengths.get(node.address) if _grows(node) else None
        return node.kind if now is None else f"{node.type}[{count_text(now.entries)}]"

    def _words(self, branch: Branch) -> Line:
        if not branch.depth:
            return (Span("module "), Span(branch.node.preview, "accent"))
        words = super()._words(branch)
        row = self._globals.get(branch.edge) if branch.depth == 1 else None
        if row is None or row.edge is None or branch.is_open:
            return words
        return (*words, Span(f"  {row.holds}", "here"))

    def _length_and_size(self, branch: Branch) -> Line:
        node = branch.node
        length, rate = node.length, None
        if _grows(node) and (now := self._lengths.get(node.address)) is not None:
            length, rate = now
        tone = "" if not rate else "grow" if rate > 0 else "shrink"
        return (
            Span(fitted("" if length is None else count_text(length), _LENGTH, "right")),
            Span(fitted("" if rate is None else rate_text(rate), _RATE, "right"), tone),
            Span(fitted(size_text(node.size), _SIZE, "right")),
        )


def _grows(node: Node) -> bool:
    """Whether it is a container whose length may change."""
    fixed = ("str", "bytes", "tuple", "frozenset")
    return node.length is not None and node.type not in fixed


def _module_node(found: Globals) -> Node:
    return Node(
        type=TypeName("module"),
        address=found.address,
        size=found.size,
        preview=Preview(found.module),
        length=found.total,
        expandable=True,
        children=tuple(Edge(row.name, row.value) for row in found.globals),
        hidden=found.total - found.offset - len(found.globals),
    )
