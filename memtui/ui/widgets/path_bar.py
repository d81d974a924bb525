"""The line a file's path is typed in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

if TYPE_CHECKING:
    from textual.app import ComposeResult


class PathBar(Horizontal):
    """A prompt with a path that is ready to be taken.  Enter takes it, escape writes nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", tooltip="Write nothing"),
    ]

    class Chosen(Message):
        """The user wants the file at ``path``."""

        def __init__(self, path: Path) -> None:
            super().__init__()
            self.path = path

    class Left(Message):
        """The user wants no file."""

    def __init__(self) -> None:
        super().__init__()
        self._may_replace: Path | None = None

    def compose(self) -> ComposeResult:
        """A prompt, the input, and what is wrong."""
        yield Static("write to ", markup=False, classes="label")
        yield Input(placeholder="a file", compact=True, select_on_focus=False)
        yield Static("", markup=False, classes="fault")

    def on_mount(self) -> None:
        """Hidden until it is opened."""
        self.display = False

    def ask(self, path: Path, fault: str = "") -> None:
        """Show ``path`` and take the keys."""
        self._may_replace = None
        field = self.query_one(Input)
        with field.prevent(Input.Changed):
            field.value = str(path)
        field.cursor_position = len(field.value)
        self._tell(fault)
        self.display = True
        field.focus()

    def _tell(self, fault: str) -> None:
        self.query_one(".fault", Static).update(Content(fault))

    def on_input_changed(self, event: Input.Changed) -> None:
        """What was wrong is being mended."""
        event.stop()
        self._tell("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: a file that is there already is replaced at the second one only."""
        event.stop()
        text = event.value.strip()
        path = Path(text).expanduser()
        if not text or path.is_dir():
            self._tell("a file's name is needed")
        elif path.exists() and self._may_replace != path:
            self._may_replace = path
            self._tell("it is there already: enter again replaces it")
        else:
            self.display = False
            self.post_message(self.Chosen(path))

    def action_leave(self) -> None:
        """Close."""
        self.display = False
        self.post_message(self.Left())
