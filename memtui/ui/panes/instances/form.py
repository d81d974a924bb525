"""The form that says which instances to list, and what to show of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Checkbox, Static

from memtui.ui.widgets.form.field_form import FieldForm

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from memtui.verbs.instances import Search


class _Tick(Checkbox):
    """Space ticks; enter submits, as in the inputs above."""

    BUTTON_INNER = " "

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "enter", "Go", tooltip="Do what is typed"),
    ]

    class Entered(Message):
        """Enter was pressed."""

    def watch_value(self) -> None:
        """Show a cross only if it is ticked: a dim cross looks too much like a bright one."""
        self.BUTTON_INNER = "X" if self.value else " "
        super().watch_value()

    def action_enter(self) -> None:
        """Post to the form that enter was pressed."""
        self.post_message(self.Entered())


class SearchForm(FieldForm):
    """A type, a condition, an expression, and whether derived types are meant as well."""

    FIELDS: ClassVar = {
        "type": ("type", "module.Class, a builtin type such as dict, or an address (0x…)"),
        "where": ("where", "len(target.items) > 100 and target.user is None"),
        "expr": ("show", "target.user.name, len(target.items), …"),
    }

    def compose(self) -> ComposeResult:
        """The inputs, and a box to tick."""
        *inputs, fault = super().compose()
        yield from inputs
        tick = _Tick("types derived from it as well (space)", compact=True)
        yield Horizontal(Static("", classes="label"), tick)
        yield fault

    def on_mount(self) -> None:
        """Hidden until it is opened."""
        self.display = False

    @property
    def subclasses(self) -> bool:
        """Whether the box is ticked."""
        return self.query_one(_Tick).value

    def fill(self, search: Search) -> None:
        """Show what is searched for."""
        for name in self.FIELDS:
            self.field(name).value = getattr(search, name)
        self.query_one(_Tick).value = search.subclasses
        self.clear_fault()

    def open(self) -> None:
        """Show itself and take the keys: if the type is known, in the field of the condition."""
        self.display = True
        self.field("where" if self.field("type").value else "type").focus()

    @on(_Tick.Entered)
    def _entered(self, event: _Tick.Entered) -> None:
        event.stop()
        self.submit()
