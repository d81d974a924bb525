"""The tree of instances: opened on demand, a page of children at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from memtui.present.cells import fitted
from memtui.present.spans import Line, Span, cropped, width_of
from memtui.present.text import address_text, count_text, size_text
from memtui.ui.widgets.paint.line_view import LineView
from memtui.ui.widgets.tree.branches import DEEPEST, Branch, Branches, Key, More, Row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from memtui.verbs.node import Node

PAGE = 200
"""How many children are asked for at a time."""

_SIZE, _REFERRERS = 9, 11
_WIDEST = 120
"""Cells of an object at most: further right, the figures could not be read as belonging to it."""


class NodeTree(LineView):
    """Objects as lines; what is below one is asked for by a message when it is opened."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "open", "Open", show=False, tooltip="Open or close the object"),
        Binding("right,l", "into", "Into", show=False, tooltip="Open it, or go to its first child"),
        Binding("left,h", "out", "Out", show=False, tooltip="Close it, or go to its parent"),
    ]

    class Expanded(Message):
        """The user opened a branch whose children from ``offset`` on are not known yet."""

        def __init__(self, tree: NodeTree, branch: Branch, depth: int, offset: int) -> None:
            super().__init__()
            self.tree = tree
            self.branch = branch
            self.depth = depth
            self.offset = offset

        @property
        def control(self) -> NodeTree:
            """The tree, for ``@on`` with a selector."""
            return self.tree

    class EndReached(Message):
        """The user went past the last line: the next page, if there is one."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.branches = Branches()
        self.page_type = ""

    # --- what it shows ------------------------------------------------------------------------

    def show(self, nodes: Sequence[Node], page_type: str) -> None:
        """Replace everything by ``nodes``, instances of ``page_type``."""
        self.page_type = page_type
        self.branches = Branches.of(nodes)
        self.cursor = 0
        self.scroll_to(y=0, animate=False, immediate=True)
        self.lines_changed()

    def take(self, branch: Branch, node: Node, offset: int) -> None:
        """Children of ``branch`` have come."""
        key = self.cursor_key
        if branch in self.branches.rows:
            self.branches.answer(branch, node, offset)
            self.keep_cursor(key)

    def take_referrers(self, counts: Mapping[int, int]) -> None:
        """Numbers of referrers have come, by address."""
        for row in self.branches.rows:
            if isinstance(row, Branch) and row.node.address in counts:
                row.referrers = counts[row.node.address]
        self.lines_changed()

    def stop_waiting(self) -> None:
        """No more answers will come."""
        for row in self.branches.rows:
            if isinstance(row, Branch):
                row.waiting = False
        self.lines_changed()

    @property
    def cursor_row(self) -> Row | None:
        """What the cursor is on."""
        rows = self.branches.rows
        return rows[self.cursor] if rows else None

    @property
    def cursor_key(self) -> Key | None:
        """The place of what the cursor is on."""
        return None if self.cursor_row is None else self.cursor_row.key

    def keep_cursor(self, key: Key | None) -> None:
        """Lines have come or moved: the cursor stays on the place ``key``."""
        if key is not None and (line := self.branches.line_of(key)) is not None:
            self.cursor = line
        self.lines_changed()
        self.show_cursor()

    # --- the lines ----------------------------------------------------------------------------

    def line_total(self) -> int:
        """All lines that are open."""
        return len(self.branches.rows)

    @property
    def heading_height(self) -> int:
        """Only over lines."""
        return 1 if self.branches.rows else 0

    def heading(self, width: int) -> Line | None:
        """The titles of the figures at the right."""
        if not self.branches.rows:
            return None
        figures = self.figure_titles(width)
        room = min(_WIDEST, width - len(figures) - 2)
        return (Span(" " + fitted("  object", room, "left"), "head"), Span(figures, "head"))

    def spans_of(self, line: int, width: int) -> Line:
        """One object: how it is reached, what it is, its figures."""
        row = self.branches.rows[line]
        if isinstance(row, More):
            count = count_text(row.hidden)
            return (Span("   " + "  " * row.depth + f"… {count} more", "accent"),)
        figures = self.figures(row, width)
        room = min(_WIDEST - 2, width - width_of(figures) - 2)
        text = cropped((*_handle(row), *self._words(row)), room)
        return (Span(" "), *text, Span(" " * (room - width_of(text))), *figures)

    def figure_titles(self, width: int) -> str:  # noqa: ARG002 (for trees with more columns)
        """The column titles over the figures of an object in a tree of ``width`` cells."""
        return (
            "  " + fitted("size", _SIZE, "right") + "  " + fitted("referrers", _REFERRERS, "right")
        )

    def figures(self, branch: Branch, width: int) -> Line:  # noqa: ARG002 (for trees with more columns)
        """The figures of an object, as wide as their titles."""
        size = Span("  " + fitted(size_text(branch.node.size), _SIZE, "right"))
        if branch.referrers is None:
            text = "…" if not branch.depth else ""
            return (size, Span("  " + fitted(text, _REFERRERS, "right"), "dim"))
        count = count_text(branch.referrers)
        return (size, Span("  " + fitted(count, _REFERRERS, "right")))

    def kind_of(self, node: Node) -> str:
        """The type of an object, with its length as it was read."""
        return node.kind

    def _words(self, branch: Branch) -> Line:
        node = branch.node
        spans = []
        if branch.edge:
            spans += [Span(branch.edge, "here"), Span(": ")]
        if branch.depth or node.type != self.page_type:
            spans.append(Span(f"{self.kind_of(node)} ", "accent"))
        if not branch.depth:
            spans.append(Span(address_text(node.address) + " ", "dim"))
        spans.append(Span(node.shown))
        if node.truncated:
            spans.append(Span("…", "dim"))
        if branch.repeats:
            spans.append(Span(" ↻ same object as above", "dim"))
        return tuple(spans)

    # --- opening ------------------------------------------------------------------------------

    def ask_below(self, branch: Branch, depth: int, offset: int = 0) -> None:
        """Ask for what is below ``branch``."""
        if not branch.waiting:
            branch.waiting = True
            self.post_message(self.Expanded(self, branch, min(depth, DEEPEST), offset))
            self.repaint_changes()

    def action_open(self) -> None:
        """Open what the cursor is on, or close it."""
        row = self.cursor_row
        if isinstance(row, More):
            known = row.parent.children or ()
            self.ask_below(row.parent, 1, len(known))
        elif row is not None and row.is_open:
            self._spread(row, is_open=False)
        elif row is not None:
            self._open(row)

    def action_into(self) -> None:
        """Open what the cursor is on; if it is open, go to its first child."""
        row = self.cursor_row
        if isinstance(row, Branch) and row.is_open and row.children:
            self.move_to(self.cursor + 1)
        elif isinstance(row, More) or (row is not None and not row.is_open):
            self.action_open()

    def action_out(self) -> None:
        """Close what the cursor is on; if it is closed, go to its parent."""
        row = self.cursor_row
        if isinstance(row, Branch) and row.is_open:
            self._spread(row, is_open=False)
        elif row is not None and row.parent is not None:
            self.move_to(self.branches.rows.index(row.parent))

    def action_page(self, screens: int) -> None:
        """A screen up or down; past the end comes the next page."""
        if screens > 0 and self.cursor == self.line_total() - 1:
            self.post_message(self.EndReached())
        super().action_page(screens)

    def line_clicked(self, line: int, x: int, times: int) -> None:
        """A click on the handle, or two anywhere, opens."""
        row = self.branches.rows[line]
        handle = 1 + 2 * row.depth
        if times == 2 or isinstance(row, More) or handle <= x < handle + 2:
            self.action_open()

    def _open(self, branch: Branch) -> None:
        if branch.children is not None:
            self._spread(branch, is_open=True)
        elif branch.node.expandable:
            self.ask_below(branch, 1)

    def _spread(self, branch: Branch, *, is_open: bool) -> None:
        (self.branches.open if is_open else self.branches.close)(branch)
        self.keep_cursor(branch.key)


def _handle(branch: Branch) -> Line:
    indent = "  " * branch.depth
    if branch.waiting:
        return (Span(indent), Span("⋯ ", "accent"))
    if not branch.node.expandable and branch.children is None:
        return (Span(indent + "  "),)
    return (Span(indent + ("▼ " if branch.is_open else "▶ "), "dim"),)
