"""Watches a function while the user does other things."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from textual import on

from memtui.model.errors import MemtuiError, TargetGone
from memtui.runs.watching import WatchWish, watching
from memtui.ui.panes.desk import Desk
from memtui.ui.panes.watch.pane import WatchPane

if TYPE_CHECKING:
    from memtui.ui.asking import Asker
    from memtui.ui.live import Live

_GROUP = "watch"


class WatchDesk(Desk):
    """Escape does not cancel a watch.

    The user starts it, looks at other panes meanwhile, and stops it in this pane.
    """

    PANE = WatchPane

    pane: WatchPane

    def __init__(self, live: Live, asker: Asker) -> None:
        super().__init__(live, asker)
        self._turn = 0

    @on(WatchPane.WatchStarted)
    def _start(self, event: WatchPane.WatchStarted) -> None:
        event.stop()
        if self.live.gone:
            self.asker.tell(TargetGone("the target is gone", "nothing more can be watched"))
            return
        wish = WatchWish(event.target, event.condition, event.expr, errors_only=event.errors_only)
        self.run_worker(self._watch(wish), name="watch", group=_GROUP, exclusive=True)

    @on(WatchPane.WatchStopped)
    def _stop(self, event: WatchPane.WatchStopped) -> None:
        event.stop()
        self.workers.cancel_group(self, _GROUP)

    async def _watch(self, wish: WatchWish) -> None:
        pane = self.pane
        self._turn += 1
        turn = self._turn
        pane.running = True
        try:
            async with aclosing(watching(self.live.session, wish, begun=pane.begin)) as batches:
                async for calls in batches:
                    pane.take(calls)
        except MemtuiError as error:
            pane.refuse(error)
        finally:
            # A later watch may have taken the place of this one.
            if pane.is_attached and turn == self._turn:
                pane.running = False
