"""The line a file's path is typed in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from memtui.model.paths import check_name

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget


class _PathInput(Input):
    """Tab completes, as in a shell, and does not lead out of the line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Write", tooltip="Write the file"),
        Binding("tab", "complete", "Complete", tooltip="Complete the name of a folder or file"),
        Binding("shift+tab", "complete", "Complete", show=False),
    ]

    def action_complete(self) -> None:
        """Add what all names have in common that begin as the one before the end does."""
        folder, slash, begun = self.value.rpartition("/")
        try:
            names = _names(Path(folder + slash).expanduser(), begun)
        except (OSError, RuntimeError):
            return
        if names:
            common = os.path.commonprefix(names)  # noqa: RUF071 (characters are meant)
            self.value = folder + slash + common
            self.cursor_position = len(self.value)


def _names(folder: Path, begun: str) -> list[str]:
    found = [path for path in folder.iterdir() if path.name.startswith(begun)]
    hidden = begun.startswith(".")
    return [
        f"{path.name}/" if path.is_dir() else path.name
        for path in found
        if hidden or not path.name.startswith(".")
    ]


class PathBar(Vertical):
    """A prompt with a path that is ready to be taken.  Enter takes it, escape writes nothing.

    What cannot be written is refused here, before any work is done for it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", tooltip="Write nothing"),
    ]

    class Chosen(Message):
        """The user wants the file at ``path``."""

        def __init__(self, path: Path) -> None:
            super().__init__()
            self.path = path

    def __init__(self, note: str = "") -> None:
        """``note`` is shown below the path as long as the path is valid."""
        super().__init__()
        self._note = note
        self._may_replace: Path | None = None
        self._came_from: Widget | None = None

    def compose(self) -> ComposeResult:
        """A prompt, the input, and what is wrong."""
        yield Horizontal(
            Static("write to", markup=False, classes="label"),
            _PathInput(placeholder="a file", compact=True, select_on_focus=False),
        )
        yield Static("", markup=False, classes="fault")

    def on_mount(self) -> None:
        """Hidden until it is opened."""
        self.display = False

    def ask(self, path: Path, fault: str = "") -> None:
        """Show ``path`` and take the keys, until the path is chosen or left."""
        self._may_replace = None
        if not self.display:
            self._came_from = self.screen.focused
        field = self.query_one(Input)
        with field.prevent(Input.Changed):
            field.value = str(path)
        field.cursor_position = len(field.value)
        self._tell(fault)
        self.display = True
        field.focus()

    def _tell(self, fault: str) -> None:
        line = self.query_one(".fault", Static)
        line.update(Content(fault or self._note))
        line.set_class(not fault, "-note")
        line.display = bool(fault or self._note)

    def on_input_changed(self, event: Input.Changed) -> None:
        """The user corrects what was wrong."""
        event.stop()
        self._tell("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: a file that is there already is replaced at the second one only."""
        event.stop()
        text = event.value.strip()
        try:
            path = Path(text).expanduser()
            fault = _fault(path) if text else "a file's name is needed"
            there = not fault and path.exists()
        except (OSError, RuntimeError) as error:  # no such user, a name that is too long
            fault = getattr(error, "strerror", None) or str(error)
            self._tell(fault)
            return
        if fault:
            self._tell(fault)
        elif there and self._may_replace != path:
            self._may_replace = path
            self._tell("it is there already: enter again replaces it")
        else:
            self.action_leave()
            self.post_message(self.Chosen(path))

    def action_leave(self) -> None:
        """Close, and give the keys back."""
        self.display = False
        if self._came_from is not None and self._came_from.is_attached:
            self._came_from.focus()


def here() -> Path:
    """The current folder, or the user's home if that was deleted."""
    try:
        return Path.cwd()
    except OSError:
        return Path.home()


def _fault(path: Path) -> str:
    """Why no file can be written to ``path``; "" if it can."""
    folder = path.parent
    check_name(path)
    if path.is_dir():
        return "it is a folder: a file's name is needed"
    if not folder.is_dir():
        return f"there is no folder {folder}"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"permission denied: no file can be written in {folder}"
    if path.exists() and not os.access(path, os.W_OK):
        return "permission denied: it is there already and cannot be replaced"
    return ""
