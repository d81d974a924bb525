"""A pane whose objects can be drawn: the key for a reference graph, and the path it is written to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message

from memtui.ui.panes.exploring import ExploringPane
from memtui.ui.widgets.form.path_bar import PathBar
from memtui.ui.widgets.tree.branches import Branch

if TYPE_CHECKING:
    from textual.app import ComposeResult


class DrawingPane(ExploringPane):
    """Asks where to write the graph of what the cursor is on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "draw", "Draw", tooltip="Write the object's surroundings as a DOT graph"),
    ]

    class GraphWanted(Message):
        """The user wants the surroundings of the object at ``branch`` as a graph in ``path``."""

        def __init__(self, branch: Branch, path: Path) -> None:
            super().__init__()
            self.branch = branch
            self.path = path

    def __init__(self) -> None:
        super().__init__()
        self.path_bar = PathBar("dot -Tsvg FILE draws it")
        self._to_draw: Branch | None = None

    def body(self) -> ComposeResult:
        """The line for a path, below what the pane shows."""
        yield self.path_bar

    def action_draw(self) -> None:
        """Ask where to write it."""
        row = self.nodes.cursor_row
        branch = row if row is None or isinstance(row, Branch) else row.parent
        if branch is not None:
            self._to_draw = branch
            name = branch.node.type.rpartition(".")[2]
            plain = "".join(c for c in name if c.isalnum() or c in "_-")[:40] or "object"
            self.path_bar.ask(Path(f"memtui-{plain}-{branch.node.address:x}.dot"))

    @on(PathBar.Chosen)
    def _path_chosen(self, event: PathBar.Chosen) -> None:
        event.stop()
        if self._to_draw is not None:
            self.post_message(self.GraphWanted(self._to_draw, event.path))
