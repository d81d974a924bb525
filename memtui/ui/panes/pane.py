"""What all panes have: a title bar, one widget that takes the keys, and a way back.

Records come down as attributes, messages say what the user wants; a pane does not know the session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message

from memtui.present.spans import Line, Span
from memtui.present.words import frozen_forms
from memtui.ui.widgets.frame.title_bar import TitleBar
from memtui.ui.widgets.paint.painted import Covered
from memtui.ui.widgets.table.filtered import FilteredTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.dom import DOMNode

    from memtui.ui.widgets.paint.painted import Painted


class Pane(Vertical, Covered):
    """One pane.

    ``busy`` is set from above while a request runs, so that escape means cancel; ``seen`` is False
    while another pane of the same place is on top.
    """

    NAME: ClassVar[str]
    """Its name on a tab."""
    ABOUT: ClassVar[str]
    """What the pane shows, for the help."""
    listing: FilteredTable | None = None
    """Its table, where the rows can be filtered; a pane that has one also has the keys of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", show=False, tooltip="Undo the last step in this pane"),
        Binding("y,c", "copy", "Copy", tooltip="Copy the type or address under the cursor"),
    ]

    class Copied(Message):
        """The user wants ``text`` in the clipboard; ``what`` names its kind."""

        def __init__(self, text: str, what: str) -> None:
            super().__init__()
            self.text = text
            self.what = what

    class TypeOpened(Message):
        """The user wants to see the instances of ``type``."""

        def __init__(self, type: str) -> None:  # noqa: A002 - the name on every floor
            super().__init__()
            self.type = type

    class MineWanted(Message):
        """The user wants only the program's own types."""

    def __init__(self) -> None:
        super().__init__(id=self.pane_id())
        self.busy = False
        self.seen = True
        self.title_bar = TitleBar()

    @classmethod
    def pane_id(cls) -> str:
        """The id of the pane in the style sheets and on tabs."""
        return cls.NAME.lower().replace(" ", "-")

    def compose(self) -> ComposeResult:
        """The title bar over the body."""
        yield self.title_bar
        yield from self.body()

    def body(self) -> ComposeResult:
        """The widgets below the title bar."""
        raise NotImplementedError

    def keyboard(self) -> Painted:
        """The widget that takes the keys."""
        raise NotImplementedError

    def title(self) -> Line:
        """The title while the pane is open."""
        return (Span(self.NAME),)

    def note(self) -> Line:
        """The words at the right of the title, if there is room."""
        return ()

    def warning(self) -> Sequence[Line]:
        """A warning at the right of the title, in shorter and shorter forms; it is always shown."""
        return ()

    def tab_label(self) -> str:
        """The title while another pane of the same place is open."""
        return self.NAME

    def on_mount(self) -> None:
        """Say from the beginning what this is."""
        self.retitle()

    def retitle(self) -> None:
        """Title and note may have changed."""
        bar = self.title_bar
        bar.title, bar.note, bar.warning = self.title(), self.note(), self.warning()
        bar.active = self.pane_id()
        bar.repaint_changes()

    def share_place(self, tabs: Sequence[tuple[str, str]]) -> None:
        """Show the titles of the panes that share this one's place, none if it is alone."""
        if tabs != self.title_bar.tabs:
            self.title_bar.tabs = tabs
            self.retitle()

    def catch_up(self) -> None:
        """The pane is visible again: show what came in the meantime."""

    def can_go_back(self) -> bool:
        """Whether escape has something to undo here: a filter, if nothing else."""
        return self.listing is not None and self.listing.is_filtered

    def go_back(self) -> None:
        """Undo it."""
        if self.listing is not None:
            self.listing.clear_filter()

    def action_filter(self) -> None:
        """Type a filter."""
        if self.listing is not None:
            self.listing.open_filter()

    def action_mine(self) -> None:
        """Tell that only the program's own types are wanted, or show all again."""
        if self.listing is None or not self.listing.only_mine:
            self.post_message(self.MineWanted())
        else:
            self.listing.show_only(None)

    @on(FilteredTable.FilterChanged)
    def _filtered(self, event: FilteredTable.FilterChanged) -> None:
        event.stop()
        self.filter_changed()

    def filter_changed(self) -> None:
        """Other rows are shown now."""
        self.retitle()

    def copy_choice(self) -> tuple[str, str] | None:
        """What would be copied, and what it is."""
        return None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape is passed on to the screen unless it has something to undo here."""
        if action == "back":
            return self.can_go_back() and not self.busy
        return super().check_action(action, parameters)

    def action_back(self) -> None:
        """Undo the last step in this pane."""
        self.go_back()

    def action_copy(self) -> None:
        """Post what to copy."""
        if (choice := self.copy_choice()) is not None:
            self.post_message(self.Copied(*choice))


def pane_around(widget: DOMNode | None) -> Pane | None:
    """The pane that ``widget`` is in, or is."""
    if widget is None:
        return None
    return next((node for node in widget.ancestors_with_self if isinstance(node, Pane)), None)


def frozen_warning(frozen: int) -> Sequence[Line]:
    """That ``frozen`` objects are missing from the rows, in shorter and shorter forms."""
    if not frozen:
        return ()
    return tuple((Span(form, "warn"),) for form in frozen_forms(frozen))
