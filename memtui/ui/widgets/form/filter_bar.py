"""The line a filter is typed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

if TYPE_CHECKING:
    from textual.app import ComposeResult


class FilterBar(Horizontal):
    """A prompt that filters while one types.  Enter keeps the filter, escape takes it away."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", "Clear filter", tooltip="Take the filter away"),
        Binding("enter,down,tab", "keep", "Keep filter", tooltip="Back to the rows, filter kept"),
    ]

    class Changed(Message):
        """The text of the filter is another now."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Closed(Message):
        """The user is done typing."""

    def compose(self) -> ComposeResult:
        """A prompt and the input."""
        yield Static("filter ", markup=False)
        yield Input(placeholder="part of a name, or a glob such as shop.*Cart", compact=True)

    @property
    def text(self) -> str:
        """What is typed."""
        return self.query_one(Input).value

    def open(self) -> None:
        """Show the bar and take the keys."""
        self.display = True
        self.query_one(Input).focus()

    def on_mount(self) -> None:
        """Hidden until it is opened."""
        self.display = False

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter at every key."""
        event.stop()
        self.post_message(self.Changed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter, which the input takes before any binding."""
        event.stop()
        self.action_keep()

    def action_clear(self) -> None:
        """Empty the filter and close."""
        self.query_one(Input).value = ""
        self.action_keep()

    def action_keep(self) -> None:
        """Close; an empty bar disappears."""
        self.display = bool(self.text)
        self.post_message(self.Closed())
