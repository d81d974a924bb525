"""Brings what is below an object when its line is opened: for desks of panes with live objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memtui.model.errors import MemtuiError, RequestFailed
from memtui.ui.widgets.tree.node_tree import PAGE
from memtui.verbs.expand import expand

if TYPE_CHECKING:
    from memtui.ui.panes.desk import Desk
    from memtui.ui.widgets.tree.branches import Branch
    from memtui.ui.widgets.tree.exploration import Exploration
    from memtui.verbs.expand import Expansion


class Expander:
    """Asks through ``desk`` for the objects of ``exploration``."""

    def __init__(self, desk: Desk, exploration: Exploration) -> None:
        self._desk = desk
        self._exploration = exploration

    def expand(self, branch: Branch, depth: int, offset: int) -> None:
        """Ask for what is below ``branch``, children from ``offset`` on."""
        self._desk.asker.ask(
            f"Expanding {branch.node.type}",
            lambda _progress: self.expansion(branch, depth, offset),
            lambda expansion: self._exploration.take(branch, expansion),
            group=f"expand {id(branch)}",
            failed=self.failed,
        )

    async def expansion(self, branch: Branch, depth: int, offset: int = 0) -> Expansion:
        """What is below ``branch`` now."""
        session = self._desk.live.session
        return await expand(session, branch.node.address, depth=depth, offset=offset, limit=PAGE)

    def failed(self, error: MemtuiError) -> None:
        """An expansion failed.  The pane shows a stale page; any other error is reported."""
        self._exploration.nodes.stop_waiting()
        if isinstance(error, RequestFailed) and error.code == "stale":
            self._exploration.stale = True
        else:
            self._desk.asker.tell(error)
