"""The dashboard: one attached process, watched."""

from __future__ import annotations

from time import localtime, strftime
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.widgets import Static

from memtui.ui.live import Live
from memtui.ui.panes import LOWER, UPPER
from memtui.ui.panes.collector import CollectorPane
from memtui.ui.panes.deck import Deck
from memtui.ui.panes.exploring import ExploringPane
from memtui.ui.panes.growth import GrowthPane
from memtui.ui.panes.instances import InstancesPane
from memtui.ui.panes.pane import Pane
from memtui.ui.panes.types import TypesPane
from memtui.ui.screens.reporting import ReportingScreen
from memtui.ui.widgets.collector_button import CollectorButton
from memtui.ui.widgets.collector_facts import summary
from memtui.ui.widgets.frame.header import Header
from memtui.ui.widgets.frame.key_line import KeyLine

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from memtui.model.census import Census
    from memtui.model.errors import MemtuiError
    from memtui.model.process import Process
    from memtui.rpc.session import Session

WIDE = 110
"""From this width on, Types and Growth stand side by side."""

_COLLECTOR_EVERY = 5
"""Ticks between two looks at the collector while its pane is not on top."""


_OF_THE_LIVING = frozenset({"mark", "collect", "pause", "poll"})
"""Actions that are of no use without a target."""


def _pane_keys() -> list[BindingType]:
    names = [pane.NAME for pane in (*UPPER, *LOWER)]
    return [
        Binding(str(n), f"go_to({n - 1})", name, show=False, tooltip=f"Go to {name}")
        for n, name in enumerate(names, 1)
    ]


class Dashboard(ReportingScreen):
    """Header, upper panes, lower panes, a line of the collector or of work, the keys."""

    BLANK = True

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
        self.header = Header()
        self.banner = Static(id="banner", markup=False)
        self.upper = Deck([pane() for pane in UPPER], id="upper", wide_from=WIDE)
        self.lower = Deck([pane() for pane in LOWER], id="lower")
        self.foot = CollectorButton(id="foot")
        self._came_from: Pane = self.upper.panes[0]
        self._ticks = 0

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield self.header
        yield self.banner
        yield self.upper
        yield self.lower
        yield self.report_bar
        yield Container(self.foot, self.work_line, id="foot-line")
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin to watch."""
        self.types = self.query_one(TypesPane)
        self.growth = self.query_one(GrowthPane)
        self.instances = self.query_one(InstancesPane)
        self.collector = self.query_one(CollectorPane)
        self.growth.trends_of = lambda names, points: self.live.trends(
            names, points, self.growth.since
        )
        self.collector.read_only = self.live.read_only
        if self.live.read_only:
            self.foot.forbid("read-only")
        self.foot.tell(summary(None, None))
        self.types.keyboard().focus()
        self._look()
        self.set_interval(self.live.feed.interval, self._look)
        self.run_worker(self.live.run(), name="feed", group="feed")

    async def on_unmount(self) -> None:
        """Let go of the target, whichever way the dashboard was left."""
        await self.live.close()

    # --- what comes up from the store ---------------------------------------------------------

    def _look(self) -> None:
        self.live.look()
        self._show_glance()

    def _show_glance(self) -> None:
        self.header.glance = self.live.glance()

    def _census_came(self, census: Census) -> None:
        self.types.census = census
        self.measure()
        self._show_glance()
        self.ask_lengths()
        # Its counters change all the time and are rarely looked at: as long as they stand in the
        # last line only, an answer of the target and a repaint for each tick is too much.
        if self.lower.top is self.collector or self._ticks % _COLLECTOR_EVERY == 0:
            self.ask_collector()
        self._ticks += 1

    def _poll_failed(self, error: MemtuiError) -> None:
        self.tell(error)
        self._show_glance()

    def measure(self) -> None:
        """Growth also stands on the tab of the types."""
        super().measure()
        self.upper.retitle()

    def _target_went(self) -> None:
        self.give_up("The target is gone")
        for pane in self._panes:
            if isinstance(pane, ExploringPane):
                pane.gone = True
        at = strftime("%H:%M:%S", localtime(self.live.ended_at))
        why = str(self.live.session.failure or "the target ended")
        self.banner.update(f" {at} {why}. What was seen last stays here to browse; q quits.")
        self.banner.display = True
        self.foot.forbid("the target is gone")
        self._look()
        self.refresh_bindings()

    def asking_changed(self) -> None:
        """Escape means cancel while something runs."""
        for pane in self._panes:
            pane.busy = self.is_asking
        self.foot.display = not self.work_line.display
        self.refresh_bindings()

    # --- where the user is --------------------------------------------------------------------

    @property
    def _panes(self) -> tuple[Pane, ...]:
        return (*self.upper.panes, *self.lower.panes)

    def go(self, pane: Pane) -> None:
        """Make ``pane`` visible and give it the keys."""
        deck = self.upper if pane in self.upper.panes else self.lower
        deck.bring_up(pane)
        if deck is self.upper:
            self._came_from = pane
        else:
            self.set_class(True, "-exploring")
        pane.keyboard().focus()

    def go_back_up(self) -> None:
        """Give the upper panes the room again."""
        self.set_class(False, "-exploring")
        self.go(self._came_from)

    @on(Deck.PaneChosen)
    def _pane_chosen(self, event: Deck.PaneChosen) -> None:
        self.go(event.pane)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Remember where escape leads back to, and which half is zoomed."""
        for pane in event.widget.ancestors:
            if isinstance(pane, Pane):
                upper = pane in self.upper.panes
                self._came_from = pane if upper else self._came_from
                self.set_class(upper, "-upper")
                return

    def _focused_pane(self) -> Pane | None:
        if self.focused is None:
            return None
        return next((pane for pane in self.focused.ancestors if isinstance(pane, Pane)), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that need a target are dim when it is gone; the banner says that it is."""
        if action in _OF_THE_LIVING and self.live.gone:
            return None
        return super().check_action(action, parameters)

    # --- keys ---------------------------------------------------------------------------------

    def action_go_to(self, place: int) -> None:
        """To the pane of this number."""
        self.go(self._panes[place])

    def action_next(self, step: int) -> None:
        """To the next pane that is visible or can be: every upper one, and the lower on top."""
        round_trip = [*self.upper.panes, self.lower.top]
        here = self._focused_pane()
        place = round_trip.index(here) if here in round_trip else -1
        pane = round_trip[(place + step) % len(round_trip)]
        self.go(pane)

    def action_back(self) -> None:
        """Cancel what runs; else, from below, go up again."""
        if self.is_asking:
            self.give_up("Cancelled")
            self.notify("Cancelled", timeout=2, markup=False)
        elif self._focused_pane() in self.lower.panes:
            self.go_back_up()

    def action_mark(self) -> None:
        """Measure growth from now on."""
        try:
            mark = self.live.history.mark()
        except LookupError:
            self.notify("There is no census to mark yet.", severity="warning", markup=False)
            return
        self.growth.measure_from(mark)
        at = strftime("%H:%M:%S", localtime(mark.at))
        self.notify(f"Mark {mark.label} set at {at}", timeout=3, markup=False)

    def action_collect(self) -> None:
        """Force a collection."""
        self.collect()

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
