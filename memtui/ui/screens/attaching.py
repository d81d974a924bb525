"""The screen that is shown while memtui attaches."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from memtui.model.errors import Cancelled, MemtuiError
from memtui.present.text import size_text
from memtui.ui.widgets.frame.key_line import KeyLine

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.app import ComposeResult

    from memtui.model.process import Process
    from memtui.rpc.session import Session

Outcome: TypeAlias = "tuple[Session, Process] | MemtuiError"


class AttachingScreen(Screen[Outcome]):
    """Attaches to ``pid``; its result is a session and the process, or the error."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "cancel", "Cancel", tooltip="Give up attaching"),
    ]

    def __init__(
        self,
        pid: int,
        process_of: Callable[[int], Process],
        open_session: Callable[[int], Awaitable[Session]],
    ) -> None:
        super().__init__()
        self._pid = pid
        self._process_of = process_of
        self._open_session = open_session
        self._since = monotonic()
        self._who = f"process {pid}"
        self._what = Static(markup=False)

    def compose(self) -> ComposeResult:
        """One sentence, and how to get out."""
        yield Vertical(self._what, classes="notice")
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin, and show that time passes."""
        self._tell()
        self.set_interval(0.5, self._tell)
        self.run_worker(self._get_in(), name="attach", exit_on_error=True)

    def _tell(self) -> None:
        seconds = f"{monotonic() - self._since:.0f} s"
        self._what.update(Content.assemble("Attaching to ", (self._who, "bold"), f" … {seconds}"))

    async def _get_in(self) -> None:
        try:
            process = self._process_of(self._pid)
            rss = size_text(process.rss_bytes)
            self._who = f"{process.name} (pid {process.pid}, RSS {rss})"
            self._tell()
            session = await self._open_session(self._pid)
        except MemtuiError as error:
            self.dismiss(error)
        else:
            self.dismiss((session, process))

    def action_cancel(self) -> None:
        """Give up; leaving the attempt detaches from the target."""
        self.workers.cancel_node(self)
        self.dismiss(Cancelled(f"attaching to process {self._pid} was cancelled"))
