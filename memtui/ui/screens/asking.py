"""A screen that asks the target for something, tells how far it is, and can be told to stop."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.screen import Screen

from memtui.model.errors import MemtuiError
from memtui.ui.widgets.frame.work_line import WorkLine, WorkProgress

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.timer import Timer

    from memtui.rpc.client import Progress

Answer = TypeVar("Answer")

_PATIENCE_S = 0.2
"""What is answered sooner is not announced: a line that flashes tells nobody anything."""


_ERROR_S = 8.0
"""How long an error can be read."""


class AskingScreen(Screen[None]):
    """Requests run as tasks of the event loop: nothing here waits, nothing delays quitting.

    Those of the groups in ``BESIDE`` run beside what the user does: their progress is shown, but
    escape still means back, and they end with what they were asked for.
    """

    BESIDE: ClassVar[frozenset[str]] = frozenset()

    def __init__(self) -> None:
        super().__init__()
        self.work_line = WorkLine()
        self._asked: dict[object, tuple[str, str]] = {}
        self._patience: Timer | None = None
        self._told, self._told_until = "", 0.0

    @property
    def is_asking(self) -> bool:
        """Whether a request runs that escape would cancel."""
        return any(group not in self.BESIDE for _, group in self._asked.values())

    def is_asked(self, group: str) -> bool:
        """Whether a request of ``group`` runs."""
        return any(asked == group for _, asked in self._asked.values())

    def ask(
        self,
        title: str,
        request: Callable[[Progress], Awaitable[Answer]],
        answered: Callable[[Answer], None],
        *,
        group: str,
        failed: Callable[[MemtuiError], None] | None = None,
    ) -> None:
        """Run ``request`` under ``title``; a later one of the same ``group`` takes its place."""
        work = self._run((title, group), request, answered, failed or self.tell)
        self.run_worker(work, name=title, group=f"ask {group}", exclusive=True)

    async def _run(
        self,
        what: tuple[str, str],
        request: Callable[[Progress], Awaitable[Answer]],
        answered: Callable[[Answer], None],
        failed: Callable[[MemtuiError], None],
    ) -> None:
        token = object()
        self._asked[token] = what
        self._work_changed()

        def advance(phase: str, done: int, total: int) -> None:
            if next(reversed(self._asked), None) is token:
                self.work_line.advance(WorkProgress(phase, done, total))

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

    def cancel_group(self, group: str) -> None:
        """Cancel what runs of one group."""
        self.workers.cancel_group(self, f"ask {group}")

    def tell(self, error: MemtuiError) -> None:
        """Say what went wrong and what to do about it; not once more while it can still be read."""
        text, now = f"{error}\n{error.hint}", monotonic()
        if text != self._told or now >= self._told_until:
            self._told, self._told_until = text, now + _ERROR_S
            self.notify(text, title="Error", severity="error", timeout=_ERROR_S, markup=False)

    def asking_changed(self) -> None:
        """Work began or ended: bindings and panes may have to know."""

    def _work_changed(self) -> None:
        if not self.is_mounted:
            return
        if self._asked:
            title, group = next(reversed(self._asked.values()))
            way_out = "leaves" if group in self.BESIDE else "cancels"
            self.work_line.start(title, way_out)
            if self._patience is None:
                self._patience = self.set_timer(_PATIENCE_S, self._show_work)
        else:
            self.work_line.finish()
        self.asking_changed()

    def _show_work(self) -> None:
        self._patience = None
        if self._asked:
            self.work_line.display = True
            self.asking_changed()
