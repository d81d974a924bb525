"""Lists instances, opens them, counts what refers to them, and draws them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from memtui.graph.dot import reference_graph
from memtui.model.errors import MemtuiError, TargetGone
from memtui.model.expression import INSTANCE_NAMES, parse
from memtui.report.file import write_whole
from memtui.ui.panes.desk import Desk
from memtui.ui.panes.expander import Expander
from memtui.ui.panes.instances.graph_bar import GraphBar
from memtui.ui.panes.instances.pane import InstancesPane
from memtui.ui.widgets.tree.node_tree import PAGE, NodeTree
from memtui.verbs.instances import Search, instances
from memtui.verbs.referrers import referrers
from memtui.verbs.release import release

if TYPE_CHECKING:
    from pathlib import Path

    from memtui.ui.asking import Asker
    from memtui.ui.live import Live
    from memtui.ui.widgets.tree.branches import Branch
    from memtui.verbs.expand import Expansion
    from memtui.verbs.instances import Page

LEVELS = 2
"""How many levels are drawn below an object that is not open."""


class InstancesDesk(Desk):
    """One page of instances at a time; the target keeps its objects until the page is left."""

    PANE = InstancesPane

    pane: InstancesPane

    def __init__(self, live: Live, asker: Asker) -> None:
        super().__init__(live, asker)
        self._expander = Expander(self, self.pane.exploration)

    def give_up(self, why: str) -> None:
        """Say in the pane that the listing failed."""
        self.pane.nodes.stop_waiting()
        if self.asker.is_asked("page"):
            self.pane.give_up(MemtuiError(why))

    def gone(self) -> None:
        """The page must stay: it could not be listed again."""
        self.pane.exploration.target_gone = True

    # --- a page -------------------------------------------------------------------------------

    def list_type(self, type: str) -> bool:  # noqa: A002 - the name on every floor
        """List the instances of ``type``; returns whether there is something to look at."""
        if self.live.gone:
            error = TargetGone("the target is gone", "its instances cannot be listed any more")
            self.asker.tell(error)
            return False
        self.pane.announce(type)
        self._list(Search(type), 0, self.pane.order)
        return True

    @on(InstancesPane.PageTurned)
    def _turn_page(self, event: InstancesPane.PageTurned) -> None:
        event.stop()
        self._list(event.search, event.offset, event.order)

    def _list(self, search: Search, offset: int, order: str) -> None:
        where, expr = (
            parse(text, INSTANCE_NAMES) if text else None for text in (search.where, search.expr)
        )
        self.asker.cancel_group("referrers")
        self.asker.ask(
            search.doing,
            lambda progress: instances(
                self.live.session,
                search.type,
                offset=offset,
                limit=PAGE,
                order=order,
                subclasses=search.subclasses,
                where=where,
                expr=expr,
                progress=progress,
            ),
            self._page_came,
            group="page",
            failed=self._listing_failed,
        )

    def _page_came(self, page: Page) -> None:
        self.pane.page = page
        addresses = [node.address for node in page.instances]
        if addresses:
            self.asker.ask(
                "Counting referrers",
                lambda progress: referrers(self.live.session, addresses, progress=progress),
                self.pane.take_referrers,
                group="referrers",
                failed=self._expander.failed,
                beside=True,
            )

    def _listing_failed(self, error: MemtuiError) -> None:
        if not self.pane.give_up(error):
            self.asker.tell(error)

    @on(InstancesPane.PageLeft)
    def _page_left(self) -> None:
        self.asker.cancel_group("referrers")
        if not self.live.gone:
            self.run_worker(self._release(), group="release", exclusive=True)

    async def _release(self) -> None:
        try:
            await release(self.live.session)
        except MemtuiError as error:
            self.asker.tell(error)

    # --- an object ----------------------------------------------------------------------------

    @on(NodeTree.Expanded)
    def _expand(self, event: NodeTree.Expanded) -> None:
        event.stop()
        self._expander.expand(event.branch, event.depth, event.offset)

    @on(GraphBar.GraphAsked)
    def _draw(self, event: GraphBar.GraphAsked) -> None:
        event.stop()
        branch, path = event.branch, event.path
        if branch.is_open or not branch.node.expandable:
            self._write_graph(branch, path)
            return

        def expanded(expansion: Expansion) -> None:
            self.pane.exploration.take(branch, expansion)
            self._write_graph(branch, path)

        self.asker.ask(
            f"Expanding {branch.node.type} for the graph",
            lambda _progress: self._expander.expansion(branch, LEVELS),
            expanded,
            group="draw",
            failed=self._expander.failed,
        )

    def _write_graph(self, branch: Branch, path: Path) -> None:
        try:
            write_whole(path, reference_graph(branch.as_node()))
        except MemtuiError as error:
            self.pane.path_bar.ask(path, error.why or str(error))
        else:
            self.notify(
                f"{path.absolute()}\ndot -Tsvg draws it",
                title="Graph written",
                timeout=8,
                markup=False,
            )
