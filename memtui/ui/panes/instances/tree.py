"""Instances as a tree, each with the value of an expression beside it."""

from __future__ import annotations

from math import isnan
from operator import itemgetter
from typing import TYPE_CHECKING

from memtui.present.cells import cut, fitted
from memtui.present.spans import Line, Span, cropped, width_of
from memtui.ui.widgets.tree.node_tree import NodeTree
from memtui.verbs.watched import UNREADABLE

if TYPE_CHECKING:
    from memtui.ui.widgets.tree.branches import Branch
    from memtui.verbs.instances import Page
    from memtui.verbs.node import Node

AS_IT_CAME, FALLING, RISING = WAYS = ("", "falling", "rising")
"""The orders of a page's values."""

_MARKS = {AS_IT_CAME: "", FALLING: " ▼", RISING: " ▲"}
_LEAST, _MOST, _GAP = 20, 100, 2


class InstanceTree(NodeTree):
    """The page's instances are the roots; with an expression they have a column of values."""

    def __init__(self) -> None:
        super().__init__()
        self._values: dict[int, Node] = {}
        self._whole = True
        self._value_name = ""
        self._came: tuple[Branch, ...] = ()
        self.by_value = AS_IT_CAME

    def show_page(self, page: Page | None, value_name: str) -> None:
        """Show another page; ``value_name`` is the expression of its values."""
        instances = () if page is None else page.instances
        values = () if page is None else page.values
        addresses = [node.address for node in instances]
        self._values = dict(zip(addresses, values, strict=False))
        self._value_name = value_name
        self._whole = page is not None and len(instances) == page.total
        self.show(instances, "" if page is None else page.type)
        self._came = tuple(self.branches.roots)
        self.sort_by_value(self.by_value)

    def sort_by_value(self, way: str) -> None:
        """Sort the page by its values, or restore the order of the answer.

        Numbers, texts and containers come first, then other values, last those that failed.
        """
        self.by_value = way if self._values else AS_IT_CAME
        key = self.cursor_key
        roots = list(self._came)
        if self.by_value != AS_IT_CAME:
            ranked = [(value_rank(self._values[root.node.address]), root) for root in roots]
            told = [(rank, root) for rank, root in ranked if rank is not None]
            told.sort(key=itemgetter(0), reverse=self.by_value == FALLING)
            roots = [root for _, root in told] + [root for rank, root in ranked if rank is None]
        self.branches.arrange(roots)
        self.keep_cursor(key)

    def figure_titles(self, width: int) -> str:
        """The expression before the figures."""
        figures = super().figure_titles(width)
        if not self._values:
            return figures
        room = _value_width(width)
        mark = _MARKS[self.by_value] + ("" if self._whole or not self.is_sorted else " this page")
        name = fitted(cut(self._value_name, room - len(mark)) + mark, room, "left")
        return " " * _GAP + name + figures

    @property
    def is_sorted(self) -> bool:
        """Whether the page is sorted by its values."""
        return self.by_value != AS_IT_CAME

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


def value_rank(value: Node) -> tuple[int, float, str] | None:
    """The sort key of a value; None if it cannot be compared.

    Numbers are above texts, texts above containers, which are sorted by their length.
    """
    if value.type in {"int", "float", "bool"} and not value.truncated:
        try:
            number = float({"True": 1, "False": 0}.get(value.preview, value.preview))
        except (ValueError, OverflowError):
            return None
        return None if isnan(number) else (2, number, "")
    if value.type == "str" and not value.redacted:
        return (1, 0.0, value.preview)
    return None if value.length is None else (0, value.length, "")


def _value_width(width: int) -> int:
    # Type and address of the object need some 48 cells, and what is left over is shared.
    return max(_LEAST, min(_MOST, (width - 48) * 3 // 4))


def _value_words(value: Node) -> Line:
    if value.type == UNREADABLE:
        return (Span(value.preview, "warn"),)
    return (
        Span(f"{value.kind} ", "accent"),
        Span(value.shown, "here"),
        Span("…" if value.truncated else "", "dim"),
    )
