"""Instances as a tree, with what an expression gave for each beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memtui.model.watch import UNREADABLE
from memtui.ui.widgets.node_tree import NodeTree
from memtui.ui.widgets.spans import Line, Span, cropped, fitted, width_of

if TYPE_CHECKING:
    from memtui.model.instances import Node, Page
    from memtui.ui.widgets.branches import Branch

_LEAST, _MOST, _GAP = 20, 100, 2


class InstanceTree(NodeTree):
    """The page's instances are the roots; with an expression they have a column of values."""

    def __init__(self) -> None:
        super().__init__()
        self._values: dict[int, Node] = {}
        self._value_name = ""

    def show_page(self, page: Page | None, value_name: str) -> None:
        """Another page; ``value_name`` is the expression that its values are of."""
        instances = () if page is None else page.instances
        values = () if page is None else page.values
        addresses = [node.address for node in instances]
        self._values = dict(zip(addresses, values, strict=False))
        self._value_name = value_name
        self.show(instances, "" if page is None else page.type)

    def figure_titles(self, width: int) -> str:
        """The expression before the figures."""
        figures = super().figure_titles(width)
        if not self._values:
            return figures
        name = fitted(self._value_name, _value_width(width), "left")
        return " " * _GAP + name + figures

    def figures(self, branch: Branch, width: int) -> Line:
        """The value before the figures; nothing for what is below an instance."""
        figures = super().figures(branch, width)
        if not self._values:
            return figures
        room = _value_width(width)
        value = self._values.get(branch.node.address) if branch.parent is None else None
        words = () if value is None else cropped(_value_words(value), room)
        blank = Span(" " * (room - width_of(words)))
        return (Span(" " * _GAP), *words, blank, *figures)


def _value_width(width: int) -> int:
    # Type and address of the object need some 48 cells, and what is left over is shared.
    return max(_LEAST, min(_MOST, (width - 48) * 3 // 4))


def _value_words(value: Node) -> Line:
    if value.type == UNREADABLE:
        return (Span(value.preview, "warn"),)
    length = "" if value.length is None else f"[{value.length:,}]"
    preview = "(withheld)" if value.redacted else value.preview
    return (
        Span(f"{value.type}{length} ", "accent"),
        Span(preview, "here"),
        Span("…" if value.truncated else "", "dim"),
    )
