"""What the watch pane wishes for: a function watched beside everything else."""

from __future__ import annotations

from contextlib import aclosing

from textual import on

from memtui.model.errors import MemtuiError, TargetGone
from memtui.runs.watching import WatchWish, watching
from memtui.ui.panes.watch import WatchPane
from memtui.ui.screens.estimating import EstimatingScreen

_GROUP = "watch"


class WatchingScreen(EstimatingScreen):
    """The part of the dashboard that watches a function.

    It is no request that escape cancels anywhere: one starts it, goes on looking at other panes, and
    stops it where it was started.
    """

    _turn = 0

    @property
    def _watch_pane(self) -> WatchPane:
        return self.query_one(WatchPane)

    @on(WatchPane.Started)
    def _start_watching(self, event: WatchPane.Started) -> None:
        if self.live.gone:
            self.tell(TargetGone("the target is gone", "nothing more can be watched"))
            return
        wish = WatchWish(event.target, event.condition, event.expr, errors_only=event.errors_only)
        self.run_worker(self._watch(wish), name="watch", group=_GROUP, exclusive=True)

    @on(WatchPane.Stopped)
    def _stop_watching(self) -> None:
        self.workers.cancel_group(self, _GROUP)

    async def _watch(self, wish: WatchWish) -> None:
        pane = self._watch_pane
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
