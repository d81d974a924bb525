"""The dashboard: one attached process, watched."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import Screen
from textual.widgets import Input

from memtui.ui.asking import Asker
from memtui.ui.live import Live
from memtui.ui.panes import LOWER, UPPER
from memtui.ui.panes.census.desk import CensusDesk
from memtui.ui.panes.collector.button import CollectorButton
from memtui.ui.panes.collector.desk import CollectorDesk
from memtui.ui.panes.deck import Deck
from memtui.ui.panes.decks import Decks
from memtui.ui.panes.globals.desk import GlobalsDesk
from memtui.ui.panes.growth.desk import GrowthDesk
from memtui.ui.panes.growth.pane import GrowthPane
from memtui.ui.panes.instances.desk import InstancesDesk
from memtui.ui.panes.instances.pane import InstancesPane
from memtui.ui.panes.pane import Pane, pane_around
from memtui.ui.reporting import ReportBar
from memtui.ui.screens.finder import ObjectFinder
from memtui.ui.widgets.frame.banner import Banner
from memtui.ui.widgets.frame.header import Header
from memtui.ui.widgets.frame.key_line import KeyLine
from memtui.ui.widgets.paint.line_view import LineView
from memtui.ui.widgets.table.table import SheetTable

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from memtui.model.errors import MemtuiError
    from memtui.model.process import Process
    from memtui.rpc.session import Session
    from memtui.verbs.census import Census

_OF_THE_LIVING = frozenset({"mark", "collect", "pause", "poll"})
"""Actions that are of no use without a target."""

_LATER = frozenset({"mark", "pause", "report"})
"""Actions that wait until a question is answered."""


def _pane_keys() -> list[BindingType]:
    names = [desk.PANE.NAME for desk in (*UPPER, *LOWER)]
    return [
        Binding(str(n), f"go_to({n - 1})", name, show=False, tooltip=f"Go to {name}")
        for n, name in enumerate(names, 1)
    ]


class Dashboard(Screen[None]):
    """Header, upper panes, lower panes, a line of the collector or of work, the keys.

    Each pane lives on a desk, which answers what it wants; this screen does what one pane wants of another.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("b", "mark", "Mark", tooltip="Set a mark: growth is measured from this moment"),
        Binding("g", "collect", "Collect", tooltip="Force a full garbage collection now"),
        Binding("p", "pause", "Pause", tooltip="Stop or go on asking the target"),
        Binding("r", "report", "Report", tooltip="Write a report of what was seen"),
        Binding("f5,ctrl+r", "poll", "Poll now", show=False, tooltip="Ask the target at once"),
        Binding("z", "zoom", "Zoom", show=False, tooltip="Give this half the whole screen, or not"),
        Binding("tab", "next(1)", "Next pane", show=False, tooltip="To the next pane"),
        Binding("shift+tab", "next(-1)", "Previous pane", show=False, tooltip="To the pane before"),
        Binding("escape", "back", "Back", show=False, tooltip="Cancel what runs, or go back"),
        *_pane_keys(),
    ]

    COMMANDS: ClassVar = {ObjectFinder}
    BLANK = True
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-high")]  # noqa: RUF012 - as the base declares it

    def __init__(self, session: Session, process: Process, *, interval: float) -> None:
        super().__init__()
        self.live = Live(
            session,
            process,
            interval=interval,
            on_census=self._census_came,
            on_trouble=self._poll_failed,
            on_gone=self._target_went,
        )
        self.asker = Asker(self, self._asking_changed, lambda: self.live.gone)
        self.header = Header()
        self.banner = Banner()
        self.decks = decks = Decks(self.live, self.asker)
        self.census = decks.desk(CensusDesk)
        self.growth = decks.desk(GrowthDesk)
        self.instances = decks.desk(InstancesDesk)
        self.collector = decks.desk(CollectorDesk)
        self.report_bar = ReportBar(
            self.live,
            self.asker,
            collection=lambda: self.collector.pane.collection,
            collector=lambda: self.collector.pane.state,
            estimate=lambda: self.census.pane.estimate,
            is_browsing=lambda: decks.desk(GlobalsDesk).pane.found is not None,
        )
        self._came_from: Pane = self.census.pane

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield self.header
        yield self.banner
        yield self.decks.upper
        yield self.decks.lower
        yield self.report_bar
        yield self.asker.question
        yield Container(self.collector.foot, self.asker.work_line, id="foot-line")
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin to watch."""
        self.census.pane.keyboard().focus()
        self._look()
        self.set_interval(self.live.feed.interval, self._look)
        self.run_worker(self.live.run(), name="feed", group="feed")

    async def on_unmount(self) -> None:
        """Detach from the target, however the dashboard was left."""
        await self.live.close()

    # --- what comes from the store ------------------------------------------------------------

    def _look(self) -> None:
        self.live.look()
        self._show_glance()

    def _show_glance(self) -> None:
        self.header.glance = self.live.glance(self.asker.running)

    def _census_came(self, census: Census) -> None:
        self.decks.on_census(census)
        self._growth_changed()
        self._name_under_cursor()
        self._show_glance()

    @on(GrowthPane.BaselineChanged)
    def _growth_changed(self) -> None:
        self.decks.upper.retitle()  # the tab of the types shows it, too

    def _poll_failed(self, error: MemtuiError) -> None:
        self.asker.tell(error)
        self._show_glance()

    def _target_went(self) -> None:
        self._give_up("The target is gone")
        self.decks.gone()
        self.asker.question.close()
        self.banner.tell_end(self.live.ended_at, self.live.session.failure)
        self._look()
        self.refresh_bindings()

    def _give_up(self, why: str) -> None:
        self.decks.give_up(why)
        self.asker.cancel()

    def _asking_changed(self) -> None:
        """Escape means cancel while something runs."""
        self.decks.set_busy(busy=self.asker.is_asking)
        self.collector.foot.display = not self.asker.work_line.display
        self.refresh_bindings()

    @on(LineView.Moved)
    def _name_under_cursor(self) -> None:
        """A name that has no room in its row stands in the last line as a whole."""
        pane = pane_around(self.focused)
        keyboard = None if pane is None else pane.keyboard()
        name = keyboard.hidden_name() if isinstance(keyboard, SheetTable) else ""
        self.collector.foot.name_row(name)

    # --- from pane to pane --------------------------------------------------------------------

    @on(Pane.TypeOpened)
    def _open_type(self, event: Pane.TypeOpened) -> None:
        if self.instances.list_type(event.type):
            self.go(self.instances.pane)

    @on(CollectorDesk.CollectionForced)
    def _show_collection(self) -> None:
        if isinstance(self.focused, Input):
            # Somebody types meanwhile: what comes next must not become commands of another pane.
            self.decks.lower.bring_up(self.collector.pane)
        else:
            self.go(self.collector.pane)
        self.live.feed.poll_now()

    # --- where the user is --------------------------------------------------------------------

    def go(self, pane: Pane) -> None:
        """Make ``pane`` visible and give it the keys."""
        deck = self.decks.deck_of(pane)
        deck.bring_up(pane)
        if deck is self.decks.upper:
            self._came_from = pane
        else:
            self.set_class(True, "-exploring")
        pane.keyboard().focus()

    @on(InstancesPane.PageLeft)
    def go_back_up(self) -> None:
        """Give the upper panes the room again."""
        self.set_class(False, "-exploring")
        self.go(self._came_from)

    @on(Deck.PaneChosen)
    def _pane_chosen(self, event: Deck.PaneChosen) -> None:
        self.go(event.pane)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Remember where escape leads back to, and which half is zoomed."""
        if (pane := pane_around(event.widget)) is not None:
            upper = pane in self.decks.upper.panes
            self._came_from = pane if upper else self._came_from
            self.set_class(upper, "-upper")
        self._name_under_cursor()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that need a target are dim when it is gone; the banner says that it is."""
        if action in _OF_THE_LIVING and self.live.gone:
            return None
        if action in _LATER and self.asker.question.display:
            return None
        return super().check_action(action, parameters)

    # --- keys ---------------------------------------------------------------------------------

    def action_go_to(self, place: int) -> None:
        """To the pane of this number."""
        self.go(self.decks.panes[place])

    def action_next(self, step: int) -> None:
        """To the next pane, or the one before."""
        self.go(self.decks.pane_beside(pane_around(self.focused), step))

    def action_back(self) -> None:
        """Cancel what runs; else go from the lower panes to the upper ones."""
        if self.asker.is_asking:
            self._give_up("Cancelled")
            self.notify("Cancelled", timeout=2, markup=False)
        elif pane_around(self.focused) in self.decks.lower.panes:
            self.go_back_up()

    def action_find_object(self) -> None:
        """Ask for a type or an address."""
        self.go(self.instances.pane)
        self.instances.pane.action_search()

    def action_mark(self) -> None:
        """Measure growth from now on."""
        self.growth.mark()

    @on(CollectorButton.Pressed)
    def action_collect(self) -> None:
        """Force a collection."""
        self.collector.collect()

    def action_report(self) -> None:
        """Ask where to write a report."""
        self.report_bar.ask_where()

    def action_pause(self) -> None:
        """Stop asking the target, or go on."""
        feed = self.live.feed
        (feed.resume if feed.paused else feed.pause)()
        self._look()

    def action_poll(self) -> None:
        """Ask now."""
        self.live.feed.poll_now()

    def action_zoom(self) -> None:
        """One half of the screen for all, or both."""
        self.toggle_class("-zoomed")
