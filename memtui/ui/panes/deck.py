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

    from memtui.ui.panes.pane import Pane


class Deck(Horizontal, Covered):
    """Panes as tabs of one place; side by side where there are ``wide_from`` cells or more."""

    class PaneChosen(Message):
        """The user wants to be in this pane."""

        def __init__(self, pane: Pane) -> None:
            super().__init__()
            self.pane = pane

    def __init__(self, panes: Sequence[Pane], *, id: str, wide_from: int | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(*panes, id=id)
        self.panes = tuple(panes)
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
        if self.is_wide:
            for pane in self.panes:
                pane.catch_up()
        self.retitle()

    def bring_up(self, pane: Pane) -> None:
        """Make ``pane`` visible."""
        self.top = pane
        for other in self.panes:
            other.set_class(other is pane, "-top")
        pane.catch_up()
        self.retitle()

    def retitle(self) -> None:
        """A title of a pane that is not on top may have changed: it stands on the others' tabs."""
        # A tab that nobody sees is not made: its label may take a look at all rows.
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
