"""What the user waits for: requests to the target, shown while they run, and cancelled together."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from memtui.model.errors import MemtuiError, TargetGone
from memtui.ui.widgets.form.question import QuestionBar
from memtui.ui.widgets.frame.work_line import WorkLine, WorkProgress

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.screen import Screen
    from textual.timer import Timer

    from memtui.verbs.asking import OnProgress

Answer = TypeVar("Answer")

_PATIENCE_S = 0.2
"""A request that is answered sooner is not announced: nobody can read a line that flashes."""

_ERROR_S = 8.0
"""How long an error can be read."""


@dataclass(frozen=True, slots=True)
class Work:
    """One request while it runs."""

    title: str
    group: str
    beside: bool


class Asker:
    """Runs requests as tasks of ``screen``: nothing here waits, nothing delays quitting.

    The screen shows ``work_line``, which names the newest request, and ``question``, which asks before a
    costly one.  ``changed`` is called when work begins or ends; ``gone`` says whether the target is.
    """

    def __init__(
        self, screen: Screen[Any], changed: Callable[[], None], gone: Callable[[], bool]
    ) -> None:
        self.work_line = WorkLine()
        self.question = QuestionBar()
        self._screen = screen
        self._changed = changed
        self._gone = gone
        self._running: dict[object, Work] = {}
        self._patience: Timer | None = None
        self._told, self._told_until = "", 0.0

    @property
    def running(self) -> str:
        """The title of the request that runs, the newest of several; "" for none."""
        return next((work.title for work in reversed(self._running.values())), "")

    @property
    def is_asking(self) -> bool:
        """Whether a request runs that escape would cancel."""
        return any(not work.beside for work in self._running.values())

    def is_asked(self, group: str) -> bool:
        """Whether a request of ``group`` runs."""
        return any(work.group == group for work in self._running.values())

    def ask(  # noqa: PLR0913 - what to ask, who gets the answer, and how it is cancelled
        self,
        title: str,
        request: Callable[[OnProgress], Awaitable[Answer]],
        answered: Callable[[Answer], None],
        *,
        group: str,
        failed: Callable[[MemtuiError], None] | None = None,
        beside: bool = False,
    ) -> None:
        """Run ``request`` under ``title``; a later one of the same ``group`` replaces it.

        A request that runs ``beside`` what the user does shows its progress, but escape still means
        back.  It ends together with the thing that needed it.  Nothing is asked of a target that is gone.
        """
        if self._gone():
            (failed or self.tell)(TargetGone("the target is gone", "nothing more can be asked"))
            return
        work = self._run(Work(title, group, beside), request, answered, failed or self.tell)
        self._screen.run_worker(work, name=title, group=f"ask {group}", exclusive=True)

    async def _run(
        self,
        work: Work,
        request: Callable[[OnProgress], Awaitable[Answer]],
        answered: Callable[[Answer], None],
        failed: Callable[[MemtuiError], None],
    ) -> None:
        token = object()
        self._running[token] = work
        self._work_changed()

        def advance(phase: str, done: int, total: int) -> None:
            if next(reversed(self._running), None) is token:
                self.work_line.advance(WorkProgress(phase, done, total))

        try:
            answer = await request(advance)
        except MemtuiError as error:
            failed(error)
        else:
            answered(answer)
        finally:
            del self._running[token]
            self._work_changed()

    def cancel(self) -> None:
        """Cancel all that runs."""
        for worker in list(self._screen.workers):
            if worker.node is self._screen and worker.group.startswith("ask "):
                worker.cancel()

    def cancel_group(self, group: str) -> None:
        """Cancel what runs of one group."""
        self._screen.workers.cancel_group(self._screen, f"ask {group}")

    def tell(self, error: MemtuiError) -> None:
        """Say what went wrong and what to do about it, unless the same message is still visible."""
        text, now = f"{error}\n{error.hint}", monotonic()
        if text != self._told or now >= self._told_until:
            self._told, self._told_until = text, now + _ERROR_S
            self._screen.notify(
                text, title="Error", severity="error", timeout=_ERROR_S, markup=False
            )

    def _work_changed(self) -> None:
        if not self._screen.is_mounted:
            return
        if self._running:
            work = next(reversed(self._running.values()))
            self.work_line.start(work.title, "leaves" if work.beside else "cancels")
            if self._patience is None:
                self._patience = self._screen.set_timer(_PATIENCE_S, self._show_work)
        else:
            self.work_line.finish()
        self._changed()

    def _show_work(self) -> None:
        self._patience = None
        if self._running:
            self.work_line.display = True
            self._changed()
