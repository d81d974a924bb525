"""What goes with a tree of live objects: how deep to expand one, and whether they are stale."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from memtui.present.spans import Line, Span
from memtui.present.text import address_text
from memtui.ui.widgets.tree.branches import DEEPEST, Branch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events

    from memtui.ui.widgets.tree.node_tree import NodeTree
    from memtui.verbs.expand import Expansion

EXPAND = Binding("x", "deeper", "Expand", tooltip="Expand to a depth: x, then 1 to 6")
"""The key for a pane with such a tree."""


def has_more(branch: Branch) -> bool:
    """Whether there is something below ``branch``."""
    return branch.node.expandable or bool(branch.children)


class Exploration:
    """Objects that the target holds for us, as ``nodes``, until they are left or go stale.

    ``anew`` says what ``o`` does about stale objects.  ``changed`` is called when
    :meth:`warning` says something else.
    """

    def __init__(
        self,
        nodes: NodeTree,
        *,
        anew: str,
        changed: Callable[[], None],
        can_deepen: Callable[[Branch], bool] = has_more,
    ) -> None:
        self.nodes = nodes
        self.target_gone = False
        """What is left now cannot be opened again."""
        self._anew = anew
        self._changed = changed
        self._can_deepen = can_deepen
        self._asks_depth = False
        self._stale = False

    @property
    def stale(self) -> bool:
        """Whether the target released the objects: nothing more can be opened."""
        return self._stale

    @stale.setter
    def stale(self, stale: bool) -> None:
        if stale != self._stale:
            self._stale = stale
            self.nodes.stop_waiting()
            self._changed()

    def take(self, branch: Branch, expansion: Expansion) -> None:
        """Children of ``branch`` have come."""
        self.nodes.take(branch, expansion.node, expansion.offset)

    def warning(self) -> Sequence[Line]:
        """What the user has to know now, in shorter and shorter forms."""
        if self._asks_depth:
            return (
                (Span(f"expand to which depth? 1–{DEEPEST}, escape", "warn"),),
                (Span(f"depth? 1–{DEEPEST}", "warn"),),
            )
        if self.stale:
            return (
                (Span(f"stale: the target let these objects go; o {self._anew}", "warn"),),
                (Span(f"stale: o {self._anew}", "warn"),),
            )
        return ()

    def ask_depth(self) -> None:
        """Wait for the digit that says how deep."""
        self._ask_depth(asks=True)

    def _ask_depth(self, *, asks: bool) -> None:
        self._asks_depth = asks
        self._changed()

    def take_key(self, event: events.Key) -> None:
        """Take the digit after ``x``; any other key ends the question."""
        if not self._asks_depth:
            return
        self._ask_depth(asks=False)
        row = self.nodes.cursor_row
        if event.key.isdecimal() and 1 <= int(event.key) <= DEEPEST:
            event.stop()
            event.prevent_default()
            if isinstance(row, Branch) and self._can_deepen(row):
                # Later, so that the tree is the sender: Textual lets no message pass its sender,
                # and here that would be the pane.
                self.nodes.call_later(self.nodes.ask_below, row, int(event.key))
        elif event.key == "escape":
            event.stop()
            event.prevent_default()

    def copy_choice(self) -> tuple[str, str] | None:
        """The address of the object under the cursor, and what it is."""
        row = self.nodes.cursor_row
        return (address_text(row.node.address), "address") if isinstance(row, Branch) else None
