"""A pane with a tree of live objects: what instances and globals have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from memtui.present.text import address_text
from memtui.ui.panes.pane import Pane
from memtui.ui.widgets.paint.spans import Line, Span
from memtui.ui.widgets.tree.branches import DEEPEST, Branch
from memtui.ui.widgets.tree.node_tree import NodeTree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from memtui.model.instances import Expansion


class ExploringPane(Pane):
    """Objects that the target holds for us, opened on demand, until they are left or go stale."""

    ANEW: ClassVar[str]
    """What ``o`` does about objects that went stale."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "deeper", "Expand", tooltip="Expand to a depth: x, then 1 to 6"),
    ]

    class Expanded(Message):
        """The user wants what is below the object at ``branch``, children from ``offset`` on."""

        def __init__(self, pane: ExploringPane, branch: Branch, depth: int, offset: int) -> None:
            super().__init__()
            self.pane = pane
            self.branch = branch
            self.depth = depth
            self.offset = offset

    stale: reactive[bool] = reactive(False, repaint=False)
    """Set when the target let go of the objects: nothing more can be opened."""

    nodes: NodeTree

    def __init__(self) -> None:
        super().__init__()
        self._asks_depth = False
        self.gone = False
        """Set from above when the target is: what was left now could not be opened again."""

    def has_objects(self) -> bool:
        """Whether there is a tree of objects to explore."""
        raise NotImplementedError

    def can_deepen(self, branch: Branch) -> bool:
        """Whether there is something below ``branch`` to ask for."""
        return branch.node.expandable or bool(branch.children)

    # --- what it shows ------------------------------------------------------------------------

    def watch_stale(self) -> None:
        """The title tells."""
        self.nodes.stop_waiting()
        self.retitle()

    def take_expansion(self, branch: Branch, expansion: Expansion) -> None:
        """Children of ``branch`` have come."""
        self.nodes.take(branch, expansion.node, expansion.offset)

    def stop_waiting(self) -> None:
        """The request was cancelled or failed."""
        self.nodes.stop_waiting()

    def warning(self) -> Sequence[Line]:
        """What one has to know now."""
        if self._asks_depth:
            return (
                (Span(f"expand to which depth? 1–{DEEPEST}, escape", "warn"),),
                (Span(f"depth? 1–{DEEPEST}", "warn"),),
            )
        if self.stale:
            return (
                (Span(f"stale: the target let these objects go; o {self.ANEW}", "warn"),),
                (Span(f"stale: o {self.ANEW}", "warn"),),
            )
        return ()

    # --- what the user does -------------------------------------------------------------------

    @on(NodeTree.Expanded)
    def _opened(self, event: NodeTree.Expanded) -> None:
        event.stop()
        self.ask_expansion(event.branch, event.depth, event.offset)

    def ask_expansion(self, branch: Branch, depth: int, offset: int) -> None:
        """Ask for what is below ``branch``."""
        self.post_message(self.Expanded(self, branch, depth, offset))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that need objects are dim without."""
        if action in {"deeper", "order"}:
            return True if self.has_objects() else None
        return super().check_action(action, parameters)

    def action_deeper(self) -> None:
        """Wait for the digit that says how deep."""
        self._ask_depth(asks=True)

    def _ask_depth(self, *, asks: bool) -> None:
        self._asks_depth = asks
        self.retitle()

    def on_key(self, event: events.Key) -> None:
        """The digit after ``x``; any other key ends the question."""
        if not self._asks_depth:
            return
        self._ask_depth(asks=False)
        row = self.nodes.cursor_row
        if event.key.isdecimal() and 1 <= int(event.key) <= DEEPEST:
            event.stop()
            event.prevent_default()
            if isinstance(row, Branch) and self.can_deepen(row):
                self.nodes.ask_below(row, int(event.key))
        elif event.key == "escape":
            event.stop()
            event.prevent_default()

    def copy_choice(self) -> tuple[str, str] | None:
        """The address of the object under the cursor."""
        row = self.nodes.cursor_row
        return (address_text(row.node.address), "address") if isinstance(row, Branch) else None
