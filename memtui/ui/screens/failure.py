"""The screen that says why memtui could not attach."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Static

from memtui.model.errors import MemtuiError
from memtui.ui.widgets.frame.key_line import KeyLine

if TYPE_CHECKING:
    from textual.app import ComposeResult


class FailureScreen(Screen[MemtuiError]):
    """What failed, why, and what to do; its result is the error."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,escape", "leave", "Back", tooltip="Back to the list of processes, or out"),
        Binding("q", "quit", "Quit", tooltip="Quit; the error is the result"),
        Binding("y,c", "copy", "Copy", tooltip="Copy the message"),
    ]

    def __init__(self, error: MemtuiError, *, can_pick: bool) -> None:
        super().__init__()
        self._error = error
        self._can_pick = can_pick

    def compose(self) -> ComposeResult:
        """What, why, hint."""
        way_out = "enter: back to the list of processes" if self._can_pick else "enter: leave"
        yield Vertical(
            Static(self._error.what, classes="what", markup=False),
            Static(self._error.why, classes="why", markup=False),
            Static(f"hint: {self._error.hint}", classes="hint", markup=False),
            Static(way_out, classes="way-out", markup=False),
            classes="notice -failure",
        )
        yield KeyLine()

    def action_leave(self) -> None:
        """Go on with the error as result."""
        self.dismiss(self._error)

    async def action_quit(self) -> None:
        """Quitting here still ends with the error."""
        self.app.exit(self._error, return_code=self._error.exit_code)

    def action_copy(self) -> None:
        """Copy the message."""
        self.app.copy_to_clipboard(f"{self._error}\nhint: {self._error.hint}")
        self.notify("Copied the message", timeout=3, markup=False)
