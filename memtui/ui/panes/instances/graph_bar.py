"""The line where the path of a reference graph is typed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.message import Message

from memtui.ui.widgets.form.path_bar import PathBar

if TYPE_CHECKING:
    from memtui.ui.widgets.tree.branches import Branch


class GraphBar(PathBar):
    """Asks where to write the graph of one object."""

    class GraphAsked(Message):
        """The user wants the surroundings of the object at ``branch`` as a graph in ``path``."""

        def __init__(self, branch: Branch, path: Path) -> None:
            super().__init__()
            self.branch = branch
            self.path = path

    def __init__(self) -> None:
        super().__init__("dot -Tsvg FILE draws it")
        self._branch: Branch | None = None

    def ask_for(self, branch: Branch) -> None:
        """Ask where to write the graph of ``branch``."""
        self._branch = branch
        name = branch.node.type.rpartition(".")[2]
        plain = "".join(c for c in name if c.isalnum() or c in "_-")[:40] or "object"
        self.ask(Path(f"memtui-{plain}-{branch.node.address:x}.dot"))

    @on(PathBar.Chosen)
    def _path_chosen(self, event: PathBar.Chosen) -> None:
        event.stop()
        if self._branch is not None:
            self.post_message(self.GraphAsked(self._branch, event.path))
