"""The keys that work where the user is, and what the focused pane shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from memtui.ui.keys import active_keys
from memtui.ui.panes.pane import pane_around

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.screen import Screen

    from memtui.ui.keys import KeyHelp


class HelpScreen(ModalScreen[None]):
    """A list made from the active bindings of the screen below, so that it cannot be wrong."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,enter", "dismiss_help", "Close", key_display="esc"),
    ]

    def __init__(self, below: Screen[Any]) -> None:
        super().__init__()
        self._keys = active_keys(below)
        self._pane = pane_around(below.focused)

    def compose(self) -> ComposeResult:
        """The pane, its keys, the keys that work everywhere."""
        of_pane = [key for key in self._keys if key.of_pane]
        everywhere = [key for key in self._keys if not key.of_pane]
        column = max(cell_len(key.display) for key in self._keys)
        with VerticalScroll(id="help") as box:
            box.border_title = Content("Keys")
            box.border_subtitle = Content("escape closes")
            if self._pane is not None:
                yield Static(self._pane.NAME, classes="help-head", markup=False)
                yield Static(self._pane.ABOUT, classes="help-about", markup=False)
            yield Static(_table(of_pane, column))
            yield Static("Everywhere", id="everywhere", classes="help-head", markup=False)
            yield Static(_table(everywhere, column))

    def action_dismiss_help(self) -> None:
        """Close."""
        self.dismiss()


def _table(keys: Sequence[KeyHelp], column: int) -> Content:
    lines = []
    for key in keys:
        blank = " " * (column - cell_len(key.display) + 2)
        lines.append(Content.assemble((key.display, "bold $text-accent"), blank, key.help))
    return Content("\n").join(lines)
