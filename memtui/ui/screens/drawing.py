"""The key that writes an object's surroundings as a reference graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from memtui.graph.dot import reference_graph
from memtui.model.errors import MemtuiError
from memtui.report.file import write_whole
from memtui.ui.panes.instances import InstancesPane
from memtui.ui.screens.browsing import BrowsingScreen
from memtui.ui.widgets.tree.node_tree import PAGE

if TYPE_CHECKING:
    from pathlib import Path

    from memtui.model.instances import Expansion
    from memtui.ui.widgets.tree.branches import Branch

LEVELS = 2
"""Levels below an object of which nothing is open."""


class DrawingScreen(BrowsingScreen):
    """The part of the dashboard that draws graphs."""

    @on(InstancesPane.GraphWanted)
    def _draw(self, event: InstancesPane.GraphWanted) -> None:
        branch, path = event.branch, event.path
        if branch.is_open or not branch.node.expandable:
            self._write_graph(branch, path)
            return

        def expanded(expansion: Expansion) -> None:
            self.instances.take_expansion(branch, expansion)
            self._write_graph(branch, path)

        self._ask_live(
            f"Expanding {branch.node.type} for the graph",
            lambda _progress: self.live.session.expand(
                branch.node.address, depth=LEVELS, limit=PAGE
            ),
            expanded,
            group="draw",
            failed=lambda error: self.exploring_failed(self.instances, error),
        )

    def _write_graph(self, branch: Branch, path: Path) -> None:
        try:
            write_whole(path, reference_graph(branch.as_node()))
        except MemtuiError as error:
            self.instances.path_bar.ask(path, error.why or str(error))
        else:
            self.notify(
                f"{path.absolute()}\ndot -Tsvg draws it",
                title="Graph written",
                timeout=8,
                markup=False,
            )
