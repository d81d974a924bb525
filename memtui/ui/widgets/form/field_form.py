"""Inputs one below the other, and a line that points at what is wrong in one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult

LABEL_WIDTH = 9


class Field(Input):
    """An input that says what enter does."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Go", tooltip="Do what is typed"),
    ]


class FieldForm(Vertical):
    """A labelled input for each of ``FIELDS``.  Enter submits, escape leaves; what is typed stays."""

    FIELDS: ClassVar[Mapping[str, tuple[str, str]]]
    """The label and the placeholder of each field, by its name."""

    # Tab must not move to the next pane: what is typed there is a command.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,down", "field(1)", "Next field", tooltip="To the next field"),
        Binding("shift+tab,up", "field(-1)", "Before", show=False, tooltip="To the field before"),
        Binding("escape", "leave", "Back", tooltip="Back to the rows; what is typed stays"),
    ]

    _faulty: Input | None = None
    """The field with a mistake."""

    class Submitted(Message):
        """The user wants this; texts as typed, by the names of the fields, "" if empty."""

        def __init__(self, texts: Mapping[str, str]) -> None:
            super().__init__()
            self.texts = texts

    class FormLeft(Message):
        """The user is done typing."""

    def compose(self) -> ComposeResult:
        """A label and an input in each row, and a line for what is wrong."""
        for name, (label, placeholder) in self.FIELDS.items():
            field = Field(
                placeholder=placeholder,
                compact=True,
                # Pointing at a mistake must not select it: the next key would replace all.
                select_on_focus=False,
                classes=f"field-{name}",
            )
            yield Horizontal(Static(label, markup=False, classes="label"), field)
        yield Static("", markup=False, classes="fault")

    def field(self, name: str) -> Input:
        """One of the inputs."""
        return self.query_one(f".field-{name}", Input)

    @property
    def texts(self) -> dict[str, str]:
        """What is typed, by the names of the fields, without blanks around it."""
        return {name: self.field(name).value.strip() for name in self.FIELDS}

    def open(self) -> None:
        """Show itself and take the keys."""
        self.display = True
        self.field(next(iter(self.FIELDS))).focus()

    def point_at(self, name: str, column: int, why: str) -> None:
        """Show what is wrong with a field below it, with a caret under its ``column`` (from 0)."""
        self.display = True
        self._faulty = field = self.field(name)
        fault = self.query_one(".fault", Static)
        assert isinstance(field.parent, Horizontal)
        self.move_child(fault, after=field.parent)
        # Blanks in front are not part of what was parsed.
        column += len(field.value) - len(field.value.lstrip())
        field.focus()
        field.cursor_position = column
        if field.content_size.width:
            self._show_fault(field, fault, why)
        else:  # it was hidden: its width is known after the layout
            self.call_after_refresh(self._show_fault, field, fault, why)

    def _show_fault(self, field: Input, fault: Static, why: str) -> None:
        if field is not self._faulty:
            return  # the user has changed it before it could be shown
        width, column = field.content_size.width, field.cursor_position
        where = cell_len(field.value[:column])
        text = why
        if where < width:
            lead = LABEL_WIDTH + where
            text = f"{' ' * lead}^ {why}"
            if cell_len(text) > LABEL_WIDTH + width:
                text = f"{' ' * lead}^\n {why}"
        fault.update(Content(text))

    def clear_fault(self) -> None:
        """Nothing is wrong."""
        self._faulty = None
        fault = self.query_one(".fault", Static)
        fault.update("")
        if self.children[-1] is not fault:
            self.move_child(fault, after=-1)

    def submit(self) -> None:
        """Post what is typed."""
        self.clear_fault()
        self.post_message(self.Submitted(self.texts))

    def on_input_changed(self, event: Input.Changed) -> None:
        """The user corrects what was wrong."""
        event.stop()
        self.clear_fault()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter, in any field."""
        event.stop()
        self.submit()

    def action_leave(self) -> None:
        """Back to the rows."""
        self.post_message(self.FormLeft())

    def action_field(self, step: int) -> None:
        """To another field."""
        fields = [child for child in self.query("*") if child.focusable]
        place = next((n for n, field in enumerate(fields) if field.has_focus), 0)
        fields[(place + step) % len(fields)].focus()
