"""What the globals pane wishes for: modules, their globals, and lengths with every census."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from memtui.model.errors import MemtuiError
from memtui.ui.panes.globals import GlobalsPane
from memtui.ui.screens.watching import WatchingScreen
from memtui.ui.widgets.tree.node_tree import PAGE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence


class BrowsingScreen(WatchingScreen):
    """The part of the dashboard that browses modules."""

    @property
    def _globals_pane(self) -> GlobalsPane:
        return self.query_one(GlobalsPane)

    def give_up(self, why: str) -> None:
        """The same for the list of modules, and what is open in one."""
        listing = self.is_asked("modules")
        super().give_up(why)
        self._globals_pane.stop_waiting()
        if listing:
            self._globals_pane.trouble = f"{why}."

    @on(GlobalsPane.ModulesWanted)
    def _list_modules(self) -> None:
        pane = self._globals_pane
        pane.trouble = ""
        self._ask_live(
            "Reading the list of modules",
            lambda _progress: self.live.session.modules(),
            lambda modules: setattr(pane, "modules", modules),
            group="modules",
            failed=lambda error: setattr(pane, "trouble", f"{error}."),
        )

    @on(GlobalsPane.ModuleOpened)
    def _open_module(self, event: GlobalsPane.ModuleOpened) -> None:
        self._ask_live(
            f"Reading the globals of {event.module}",
            lambda _progress: self.live.session.globals(
                event.module, offset=event.offset, limit=PAGE, order=event.order
            ),
            self._globals_pane.show_globals,
            group="globals",
            failed=lambda error: self.exploring_failed(self._globals_pane, error),
        )

    @on(GlobalsPane.Left)
    def _left_globals(self) -> None:
        self._quietly(self.live.session.release_globals(), "release globals")

    def ask_lengths(self) -> None:
        """Ask how long the containers are now that somebody looks at."""
        addresses = self._globals_pane.containers()
        if addresses and not self.live.gone and not self.is_asking:
            self._quietly(self._lengths(addresses), "lengths")

    async def _lengths(self, addresses: Sequence[int]) -> None:
        self._globals_pane.take_lengths(await self.live.session.lengths(addresses))

    def _quietly(self, request: Awaitable[None], group: str) -> None:
        """Run what needs no word: where it fails, the next census fails for the same reason."""

        async def run() -> None:
            try:
                await request
            except MemtuiError:
                return

        self.run_worker(run(), group=group, exclusive=True)
