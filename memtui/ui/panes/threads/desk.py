"""Asks which threads run while somebody looks at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from memtui.ui.panes.desk import Desk
from memtui.ui.panes.threads.pane import ThreadsPane
from memtui.verbs.threads import threads

if TYPE_CHECKING:
    from memtui.verbs.census import Census
    from memtui.verbs.threads import Threads

_GROUP = "threads"


class ThreadsDesk(Desk):
    """Asks when the pane comes on top, and with every census while it stays there."""

    PANE = ThreadsPane

    pane: ThreadsPane

    def on_census(self, _census: Census) -> None:
        """Ask again, if somebody looks."""
        # A pane on top of its deck may still be hidden, if the other half of the screen has all the room.
        if self.pane.seen and self.pane.is_on_screen:
            self._renew()

    def give_up(self, why: str) -> None:
        """Say in the pane that the threads do not come."""
        if self.asker.is_asked(_GROUP):
            self.pane.trouble = f"{why}."

    @on(ThreadsPane.ThreadsWanted)
    def _read(self, event: ThreadsPane.ThreadsWanted) -> None:
        event.stop()
        if self.pane.threads is not None:
            self._renew()
            return
        self.pane.trouble = ""
        self.asker.ask(
            "Reading the threads",
            lambda _progress: threads(self.live.session),
            self._show,
            group=_GROUP,
            failed=lambda error: setattr(self.pane, "trouble", f"{error}."),
        )

    def _renew(self) -> None:
        if not self.live.gone and not self.asker.is_asking:
            self.ask_quietly(self._ask_again(), _GROUP)

    async def _ask_again(self) -> None:
        self._show(await threads(self.live.session))

    def _show(self, found: Threads) -> None:
        self.pane.threads = found
