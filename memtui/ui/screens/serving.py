"""What the panes wish for, asked of the session, and the answers brought back to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from memtui.model.errors import MemtuiError, ReadOnly, RequestFailed, TargetGone
from memtui.model.expression import INSTANCE_NAMES, parse
from memtui.model.instances import Search
from memtui.ui.panes.exploring import ExploringPane
from memtui.ui.panes.growth import GrowthPane
from memtui.ui.panes.instances import InstancesPane
from memtui.ui.panes.listing import ListingPane
from memtui.ui.panes.pane import Pane
from memtui.ui.screens.asking import AskingScreen
from memtui.ui.widgets.collector_button import CollectorButton
from memtui.ui.widgets.collector_facts import summary
from memtui.ui.widgets.tree.node_tree import PAGE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from memtui.model.collector import Collection, GcState
    from memtui.model.instances import Page
    from memtui.rpc.client import Progress
    from memtui.ui.live import Live
    from memtui.ui.panes.collector import CollectorPane
    from memtui.ui.panes.types import TypesPane
    from memtui.ui.screens.asking import Answer


class ServingScreen(AskingScreen):
    """The half of the dashboard that stands between panes and session."""

    BESIDE = frozenset({"referrers"})

    live: Live
    types: TypesPane
    growth: GrowthPane
    instances: InstancesPane
    collector: CollectorPane
    foot: CollectorButton

    def go(self, pane: Pane) -> None:
        """Bring the user to ``pane``."""
        raise NotImplementedError

    def go_back_up(self) -> None:
        """Bring the user back to where they came from."""
        raise NotImplementedError

    def give_up(self, why: str) -> None:
        """Cancel all that runs, and say in its pane that what was listed there does not come."""
        listing = self.is_asked("page")
        self.cancel_asking()
        self.instances.stop_waiting()
        if listing:
            self.instances.give_up(MemtuiError(why))

    def _ask_live(
        self,
        title: str,
        request: Callable[[Progress], Awaitable[Answer]],
        answered: Callable[[Answer], None],
        *,
        group: str,
        failed: Callable[[MemtuiError], None] | None = None,
    ) -> None:
        if self.live.gone:
            (failed or self.tell)(TargetGone("the target is gone", "nothing more can be asked"))
        else:
            self.ask(title, request, answered, group=group, failed=failed)

    # --- instances ----------------------------------------------------------------------------

    @on(ListingPane.TypeOpened)
    def _open_type(self, event: ListingPane.TypeOpened) -> None:
        if self.live.gone:
            self.tell(TargetGone("the target is gone", "its instances cannot be listed any more"))
            return
        self.instances.announce(event.type)
        self._list(Search(event.type), 0, self.instances.order)
        self.go(self.instances)

    @on(InstancesPane.PageTurned)
    def _turn_page(self, event: InstancesPane.PageTurned) -> None:
        self._list(event.search, event.offset, event.order)

    def _list(self, search: Search, offset: int, order: str) -> None:
        where, expr = (
            parse(text, INSTANCE_NAMES) if text else None for text in (search.where, search.expr)
        )
        self.cancel_group("referrers")
        self._ask_live(
            f"Listing instances of {search.type}",
            lambda progress: self.live.session.instances(
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
        self.instances.page = page
        addresses = [node.address for node in page.instances]
        if addresses:
            self._ask_live(
                "Counting referrers",
                lambda progress: self.live.session.referrers(addresses, progress=progress),
                self.instances.take_referrers,
                group="referrers",
                failed=lambda error: self.exploring_failed(self.instances, error),
            )

    def _listing_failed(self, error: MemtuiError) -> None:
        if not self.instances.give_up(error):
            self.tell(error)

    @on(ExploringPane.Expanded)
    def _expand(self, event: ExploringPane.Expanded) -> None:
        pane, branch = event.pane, event.branch
        self._ask_live(
            f"Expanding {branch.node.type}",
            lambda _progress: self.live.session.expand(
                branch.node.address, depth=event.depth, offset=event.offset, limit=PAGE
            ),
            lambda expansion: pane.take_expansion(branch, expansion),
            group=f"expand {id(branch)}",
            failed=lambda error: self.exploring_failed(pane, error),
        )

    def exploring_failed(self, pane: ExploringPane, error: MemtuiError) -> None:
        """What is below an object does not come; that it is stale is told by the pane."""
        pane.stop_waiting()
        if isinstance(error, RequestFailed) and error.code == "stale":
            pane.stale = True
        else:
            self.tell(error)

    @on(InstancesPane.Left)
    def _left_instances(self) -> None:
        self.cancel_group("referrers")
        self.go_back_up()
        if not self.live.gone:
            self.run_worker(self._release(), group="release", exclusive=True)

    async def _release(self) -> None:
        try:
            await self.live.session.release()
        except MemtuiError as error:
            self.tell(error)

    # --- growth -------------------------------------------------------------------------------

    @on(GrowthPane.BaselineChanged)
    def measure(self) -> None:
        """Bring the growth pane what changed since its baseline."""
        measured = self.live.rounds if self.growth.in_rounds else self.live.growth
        self.growth.growth = measured(self.growth.since)

    # --- the collector ------------------------------------------------------------------------

    def ask_collector(self) -> None:
        """Ask for the collector's counters, unless something else is being asked."""
        if not self.is_asking and not self.live.gone:
            self.run_worker(self._ask_collector(), group="collector", exclusive=True)

    async def _ask_collector(self) -> None:
        try:
            state = await self.live.session.gc_state()
        except MemtuiError:
            # The next census fails for the same reason and is told; the counters are only beside.
            return
        self._collector_told(state)

    def _collector_told(self, state: GcState) -> None:
        self.collector.state = state
        self.foot.tell(summary(state, self.collector.collection))

    @on(CollectorButton.Pressed)
    def collect(self) -> None:
        """Force a collection, or say why not."""
        if self.live.read_only:
            self.tell(ReadOnly("no collection was forced", "the session is read-only"))
            return
        self._ask_live(
            "Collecting garbage, the target stands still meanwhile",
            lambda progress: self.live.session.collect(2, progress=progress),
            self._collected,
            group="collect",
        )

    def _collected(self, collection: Collection) -> None:
        self.collector.collection = collection
        self._collector_told(collection.state)
        self.go(self.collector)
        self.live.feed.poll_now()

    # --- the clipboard ------------------------------------------------------------------------

    @on(Pane.Copied)
    def _copy(self, event: Pane.Copied) -> None:
        self.app.copy_to_clipboard(event.text)
        self.notify(event.text, title=f"Copied the {event.what}", timeout=3, markup=False)
