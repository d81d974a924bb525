"""Where one types what to watch."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Grid
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

if TYPE_CHECKING:
    from textual.app import ComposeResult

FIELDS = {
    "target": ("watch", "module:function or module:Class.method"),
    "condition": ("only if", "kwargs['user'] == 'al' and cost_ms > 10"),
    "expr": ("show", "args[0].items, len(return_obj), … or nothing for all of it"),
}
"""Name, label and what stands in the empty input of each."""

LABEL_WIDTH = 9


class WatchForm(Grid):
    """Three inputs.  Enter begins to watch, escape goes back to the calls."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", tooltip="Back to the calls"),
        Binding("down", "field(1)", "Next field", show=False, tooltip="To the next field"),
        Binding("up", "field(-1)", "Field before", show=False, tooltip="To the field before"),
    ]

    class Submitted(Message):
        """The user wants this watched; texts as typed, "" where nothing was."""

        def __init__(self, target: str, condition: str, expr: str) -> None:
            super().__init__()
            self.target = target
            self.condition = condition
            self.expr = expr

    class Left(Message):
        """The user is done typing."""

    def compose(self) -> ComposeResult:
        """A label and an input in each row, and a line for what is wrong."""
        for name, (label, placeholder) in FIELDS.items():
            yield Static(label, markup=False, classes="label")
            yield Input(placeholder=placeholder, compact=True, id=f"watch-{name}")
        yield Static("", markup=False, id="watch-fault")

    def field(self, name: str) -> Input:
        """One of the inputs."""
        return self.query_one(f"#watch-{name}", Input)

    def open(self) -> None:
        """Take the keys."""
        self.field("target").focus()

    def point_at(self, name: str, column: int, why: str) -> None:
        """Show what is wrong with a field, with a caret under its ``column`` (from 0)."""
        field = self.field(name)
        field.focus()
        field.cursor_position = column
        caret = "^ " if column < field.content_size.width else ""
        lead = " " * (LABEL_WIDTH + column) if caret else ""
        self.query_one("#watch-fault", Static).update(Content(f"{lead}{caret}{why}"))

    def clear_fault(self) -> None:
        """Nothing is wrong."""
        self.query_one("#watch-fault", Static).update("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """What was wrong is being mended."""
        event.stop()
        self.clear_fault()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter, in whichever field."""
        event.stop()
        self.clear_fault()
        texts = {name: self.field(name).value.strip() for name in FIELDS}
        self.post_message(self.Submitted(**texts))

    def action_leave(self) -> None:
        """Back to the calls."""
        self.post_message(self.Left())

    def action_field(self, step: int) -> None:
        """To another field."""
        fields = [self.field(name) for name in FIELDS]
        place = next((n for n, field in enumerate(fields) if field.has_focus), 0)
        fields[(place + step) % len(fields)].focus()
