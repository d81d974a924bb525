"""The application: from a PID, or the picker, through attaching to the dashboard."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, ClassVar

from textual.app import SystemCommand
from textual.binding import Binding, BindingType

from memtui.model.errors import Cancelled, MemtuiError
from memtui.ui.keys import active_keys
from memtui.ui.look import LookApp
from memtui.ui.screens.attaching import AttachingScreen
from memtui.ui.screens.dashboard import Dashboard
from memtui.ui.screens.failure import FailureScreen
from memtui.ui.screens.help import HelpScreen
from memtui.ui.screens.picker import PickerScreen
from memtui.ui.terminal import TerminalDriver
from memtui.ui.widgets.form.path_bar import here
from memtui.ui.widgets.paint.line_view import LineView

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from typing import Any

    from rich.console import RenderableType
    from textual.driver import Driver
    from textual.screen import Screen

    from memtui.model.process import Candidate, Process
    from memtui.rpc.session import Session


class MemtuiApp(LookApp[MemtuiError | None]):
    """The dashboard on process ``pid``; if that is None, the picker with its ``question``.

    It attaches through ``open_session``, and does not know how.  The result of ``run()`` is None,
    or the MemtuiError that made it impossible to attach; ``return_code`` is then its exit code.
    """

    TITLE = "memtui"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "question_mark", "help", "Keys", key_display="?", tooltip="The keys that work here"
        ),
        Binding("f1", "help", "Keys", tooltip="The keys that work here"),
        Binding("ctrl+p", "command_palette", "Palette", show=False, tooltip="All actions by name"),
        Binding("q", "quit", "Quit", tooltip="Leave the target as it was, and quit"),
        Binding("ctrl+z", "suspend_process", "Suspend", show=False, priority=True, system=True),
        Binding("ctrl+c,ctrl+q", "quit", "Quit", show=False, priority=True, system=True),
    ]

    def __init__(  # noqa: PLR0913 - each is one thing that cli hands in
        self,
        *,
        open_session: Callable[[int], Awaitable[Session]],
        process_of: Callable[[int], Process],
        candidates: Callable[[], Awaitable[list[Candidate]]],
        pid: int | None,
        interval: float = 2.0,
        read_only: bool = False,
        question: str | None = None,
    ) -> None:
        super().__init__()
        self._open_session = open_session
        self._process_of = process_of
        self._candidates = candidates
        self._pid = pid
        self._interval = interval
        self._read_only = read_only
        self._question = question

    def get_driver_class(self) -> type[Driver]:
        """The driver that Textual uses for the terminal."""
        return TerminalDriver

    def on_mount(self) -> None:
        """Begin with the picker, or with attaching."""
        # Modules and styles live as long as the app.  A full collection that goes through them
        # takes 100 ms and more, and no key is answered meanwhile.  Censuses are columns of numbers and
        # never need a collection.  A tick makes some 2,000 objects and drops as many: with more
        # room than that, ticks need no young collection either.
        self._thresholds = gc.get_threshold()
        gc.freeze()
        gc.set_threshold(10_000, 20, 500)
        if self._pid is None:
            self._pick()
        else:
            self._begin(self._pid)

    def on_unmount(self) -> None:
        """Leave the interpreter as it was: tests and scripts still use it."""
        gc.set_threshold(*self._thresholds)
        gc.unfreeze()

    def _pick(self) -> None:
        question = () if self._question is None else (self._question,)
        self.push_screen(PickerScreen(self._candidates, *question), self._picked)

    def _picked(self, pid: int | None) -> None:
        if pid is None:
            self.exit(None)
        else:
            self._begin(pid)

    def _begin(self, pid: int) -> None:
        screen = AttachingScreen(pid, self._process_of, self._open_session)
        self.push_screen(screen, self._outcome)

    def _outcome(self, outcome: tuple[Session, Process] | MemtuiError | None) -> None:
        if isinstance(outcome, tuple):
            session, process = outcome
            self.push_screen(Dashboard(session, process, interval=self._interval))
        elif outcome is None or isinstance(outcome, Cancelled):
            self._failed(outcome)
        else:
            self.push_screen(FailureScreen(outcome, can_pick=self._pid is None), self._failed)

    def _failed(self, error: MemtuiError | None) -> None:
        if self._pid is None:
            self._pick()
        else:
            self.exit(error, return_code=0 if error is None else error.exit_code)

    def exit(
        self,
        result: MemtuiError | None = None,
        return_code: int = 0,
        message: RenderableType | None = None,
    ) -> None:
        """Leave.  Requests that still run are cancelled first: their answers would reach closed panes."""
        self.workers.cancel_all()
        super().exit(result, return_code, message)

    def action_help(self) -> None:
        """Show the keys that work where the user is."""
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen))

    def deliver_screenshot(
        self,
        filename: str | None = None,
        path: str | None = None,
        time_format: str | None = None,
    ) -> str | None:
        """Save the screen as SVG, in the current folder: a server has none for downloads."""
        return super().deliver_screenshot(filename, path or str(here()), time_format)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """What the palette lists: the active bindings, and the theme and screenshot of Textual."""
        for key in active_keys(screen):
            moves = isinstance(key.node, LineView) and not key.shown
            if key.enabled and not moves and key.action != "command_palette":
                yield SystemCommand(key.title, f"{key.help} ({key.display})", key.runner(self))
        for command in super().get_system_commands(screen):
            if command.title in {"Theme", "Screenshot"}:
                yield command
