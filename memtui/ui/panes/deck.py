"""A place on the dashboard that several panes share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal
from textual.message import Message

from memtui.ui.widgets.frame.title_bar import TitleBar
from memtui.ui.widgets.paint.painted import Covered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from memtui.ui.panes.desk import Desk
    from memtui.ui.panes.pane import Pane


class Deck(Horizontal, Covered):
    """Panes, each on its desk, as tabs of one place; side by side from ``wide_from`` cells on."""

    class PaneChosen(Message):
        """The user wants to be in this pane."""

        def __init__(self, pane: Pane) -> None:
            super().__init__()
            self.pane = pane

    def __init__(self, desks: Sequence[Desk], *, id: str, wide_from: int | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(*desks, id=id)
        self.desks = tuple(desks)
        self.panes = tuple(desk.pane for desk in desks)
        self.wide_from = wide_from
        self.top = self.panes[0]

    @property
    def is_wide(self) -> bool:
        """Whether all panes are visible."""
        return self.wide_from is not None and self.size.width >= self.wide_from

    def on_mount(self) -> None:
        """One pane is on top."""
        self.bring_up(self.top)

    def on_resize(self, _event: events.Resize) -> None:
        """Side by side, or one on top."""
        self.set_class(self.is_wide, "-wide")
        self._show()

    def bring_up(self, pane: Pane) -> None:
        """Make ``pane`` visible."""
        self.top = pane
        self._show()

    def _show(self) -> None:
        for desk in self.desks:
            pane = desk.pane
            desk.set_class(pane is self.top, "-top")
            pane.seen = self.is_wide or pane is self.top
            if pane.seen:
                pane.catch_up()
        self.retitle()

    def retitle(self) -> None:
        """The title of a pane that is not on top may have changed: the tabs of the others show it."""
        # A hidden tab is not made: its label may need a look at all rows.
        alone = self.is_wide or len(self.panes) == 1
        tabs = () if alone else tuple((pane.pane_id(), pane.tab_label()) for pane in self.panes)
        for pane in self.panes:
            pane.share_place(tabs)

    @on(TitleBar.TabChosen)
    def _tab_chosen(self, event: TitleBar.TabChosen) -> None:
        event.stop()
        for pane in self.panes:
            if pane.pane_id() == event.pane_id:
                self.bring_up(pane)
                self.post_message(self.PaneChosen(pane))
