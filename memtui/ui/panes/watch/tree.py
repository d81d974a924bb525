"""The calls of a watched function, one line each, and below it the values that were sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from memtui.model.safe import Text
from memtui.present.cells import fitted
from memtui.present.spans import Line, Span, cropped, width_of
from memtui.present.text import count_text, size_text
from memtui.ui.widgets.tree.branches import Branch, Branches, More
from memtui.ui.widgets.tree.node_tree import NodeTree
from memtui.verbs.asking import NO_PREVIEW
from memtui.verbs.node import Edge, Node
from memtui.verbs.watched import UNREADABLE, WHOLE_CALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memtui.verbs.watched import Call

KEPT = 1000
"""Calls that stay in the tree; the oldest go first."""

_TIME, _DURATION, _THREAD, _BLOCKS, _SIZE = 12, 9, 14, 9, 9


class CallTree(NodeTree):
    """Calls as they come, the newest at the end.  What was not sent cannot be opened any more."""

    def __init__(self) -> None:
        super().__init__()
        self._calls: dict[int, Call] = {}
        self._made = 0

    def clear(self) -> None:
        """Forget all calls."""
        self._calls.clear()
        self.show((), "")

    def add(self, calls: Sequence[Call], value_name: str) -> None:
        """More calls; ``value_name`` is what their values are called.

        The cursor stays on its line, or at the end if it was there.
        """
        rows = self.branches.rows
        follows = not rows or self.cursor >= len(rows) - 1
        key = self.cursor_key
        fresh = []
        for call in calls:
            self._made += 1
            # Negative, so that no object has it for an address.
            self._calls[-self._made] = call
            fresh.append(_as_node(-self._made, call, value_name))
        added = Branches.of(fresh)
        for root in added.roots:
            root.is_open = False
        self.branches.roots += added.roots
        self.branches.rows += added.roots
        self._forget_oldest()
        if follows:
            self.cursor = max(0, len(self.branches.rows) - 1)
            key = self.cursor_key
        self.keep_cursor(key)

    def _forget_oldest(self) -> None:
        roots = self.branches.roots
        gone = roots[: max(0, len(roots) - KEPT)]
        if not gone:
            return
        del roots[: len(gone)]
        for root in gone:
            del self._calls[root.node.address]
        first = self.branches.rows.index(roots[0])
        del self.branches.rows[:first]
        self.cursor = max(0, self.cursor - first)

    def ask_below(self, branch: Branch, depth: int, offset: int = 0) -> None:
        """Nothing: the target keeps no more of a call than it has sent."""

    # --- the lines ----------------------------------------------------------------------------

    def heading(self, width: int) -> Line | None:
        """The titles over the parts of a call."""
        if not self.branches.rows:
            return None
        titles = fitted("time", _TIME, "left") + "  " + fitted("took", _DURATION, "right")
        titles += "  " + fitted("thread", _THREAD, "left") + fitted("blocks", _BLOCKS, "right")
        return cropped((Span("   " + titles + "  value", "head"),), width)

    def spans_of(self, line: int, width: int) -> Line:
        """A call, or something below one."""
        row = self.branches.rows[line]
        if isinstance(row, More):
            count = count_text(row.hidden)
            return (Span("   " + "  " * row.depth + f"… {count} more not sent", "dim"),)
        if row.parent is None:
            return cropped((*_handle(row), *_call_line(self._calls[row.node.address])), width)
        size = Span("  " + fitted(size_text(row.node.size), _SIZE, "right"))
        room = width - width_of((size,)) - 1
        text = cropped((*_handle(row), *self._words(row)), room)
        return (*text, Span(" " * (room - width_of(text))), size)

    def call_at_cursor(self) -> Call | None:
        """The call that the cursor is on or below."""
        row = self.cursor_row
        branch = row.parent if isinstance(row, More) else row
        while branch is not None and branch.parent is not None:
            branch = branch.parent
        return None if branch is None else self._calls.get(branch.node.address)


def _as_node(number: int, call: Call, value_name: str) -> Node:
    """A call as the root of a tree; its address is its number here."""
    value = call.value
    if value.type == WHOLE_CALL:
        children = tuple(Edge(child.edge, _sent(child.node)) for child in value.children)
    elif value.type == UNREADABLE:
        children = ()
    else:
        children = (Edge(Text(value_name), _sent(value)),)
    return Node(WHOLE_CALL, number, 0, NO_PREVIEW, expandable=bool(children), children=children)


def _sent(node: Node) -> Node:
    """``node`` as it was sent: there is nothing more to request below it."""
    children = tuple(Edge(child.edge, _sent(child.node)) for child in node.children)
    return replace(
        node,
        expandable=bool(children),
        children=children,
        hidden=node.hidden if children else 0,
    )


def _handle(branch: Branch) -> Line:
    indent = " " + "  " * branch.depth
    if not branch.children:
        return (Span(indent + "  "),)
    return (Span(indent + ("▼ " if branch.is_open else "▶ "), "dim"),)


def _call_line(call: Call) -> Line:
    blocks = "–" if call.blocks is None else count_text(call.blocks, signed=True)
    return (
        Span(fitted(call.began, _TIME, "left"), "dim"),
        Span("  " + fitted(call.took, _DURATION, "right")),
        Span("  " + fitted(call.thread_name, _THREAD, "left"), "accent"),
        Span(fitted(blocks, _BLOCKS, "right") + "  ", "dim"),
        *_value_spans(call),
    )


def _value_spans(call: Call) -> Line:
    if call.error is not None:
        return (Span("raised ", "warn"), Span(call.error, "warn"))
    value = call.value
    if value.type == UNREADABLE:
        return (Span(value.preview, "warn"),)
    if value.type == WHOLE_CALL:
        parts: dict[str, str] = {child.edge: child.node.preview for child in value.children}
        return (Span(parts.get("args", "")), Span(" → ", "dim"), Span(parts.get("return_obj", "")))
    return (Span(f"{value.kind} ", "accent"), Span(value.shown))
