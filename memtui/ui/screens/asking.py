"""A screen that asks the target for something, tells how far it is, and can be told to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from textual.screen import Screen

from memtui.model.errors import MemtuiError
from memtui.ui.widgets.work_line import Progress, WorkLine

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from memtui.rpc.client import Progress as OnProgress

Answer = TypeVar("Answer")


class AskingScreen(Screen[None]):
    """Requests run as tasks of the event loop: nothing here waits, nothing delays quitting."""

    def __init__(self) -> None:
        super().__init__()
        self.work_line = WorkLine()
        self._asked: dict[object, str] = {}

    @property
    def is_asking(self) -> bool:
        """Whether a request runs that the user would want to cancel."""
        return bool(self._asked)

    def ask(
        self,
        title: str,
        request: Callable[[OnProgress], Awaitable[Answer]],
        answered: Callable[[Answer], None],
        *,
        group: str,
        failed: Callable[[MemtuiError], None] | None = None,
    ) -> None:
        """Run ``request`` under ``title``; a later one of the same ``group`` takes its place."""
        work = self._run(title, request, answered, failed or self.tell)
        self.run_worker(work, name=title, group=f"ask {group}", exclusive=True)

    async def _run(
        self,
        title: str,
        request: Callable[[OnProgress], Awaitable[Answer]],
        answered: Callable[[Answer], None],
        failed: Callable[[MemtuiError], None],
    ) -> None:
        token = object()
        self._asked[token] = title
        self._work_changed()

        def advance(phase: str, done: int, total: int) -> None:
            if next(reversed(self._asked), None) is token:
                self.work_line.advance(Progress(phase, done, total))

        try:
            answer = await request(advance)
        except MemtuiError as error:
            failed(error)
        else:
            answered(answer)
        finally:
            del self._asked[token]
            self._work_changed()

    def cancel_asking(self) -> None:
        """Cancel all that runs."""
        for worker in list(self.workers):
            if worker.node is self and worker.group.startswith("ask "):
                worker.cancel()

    def tell(self, error: MemtuiError) -> None:
        """Say what went wrong and what to do about it."""
        self.notify(
            f"{error}\n{error.hint}", title="Error", severity="error", timeout=8, markup=False
        )

    def asking_changed(self) -> None:
        """Work began or ended: bindings and panes may have to know."""

    def _work_changed(self) -> None:
        if not self.is_mounted:
            return
        if self._asked:
            self.work_line.start(next(reversed(self._asked.values())))
        else:
            self.work_line.finish()
        self.asking_changed()
