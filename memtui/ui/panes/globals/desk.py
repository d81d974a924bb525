"""Lists modules, reads their globals, and asks for lengths with every census."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from textual import on

from memtui.store.lengths import LengthWatch
from memtui.ui.panes.desk import Desk
from memtui.ui.panes.expander import Expander
from memtui.ui.panes.globals.pane import GlobalsPane
from memtui.ui.panes.globals.tree import Length
from memtui.ui.widgets.tree.node_tree import PAGE, NodeTree
from memtui.verbs.globals import globals_of
from memtui.verbs.lengths import lengths
from memtui.verbs.modules import modules
from memtui.verbs.release import release_globals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memtui.ui.asking import Asker
    from memtui.ui.live import Live
    from memtui.verbs.census import Census
    from memtui.verbs.globals import Globals


_SHARE = 50
"""The list of modules is renewed after so many times what it took the target."""


class GlobalsDesk(Desk):
    """One module at a time; the target keeps its objects until the module is left."""

    PANE = GlobalsPane

    pane: GlobalsPane

    def __init__(self, live: Live, asker: Asker) -> None:
        super().__init__(live, asker)
        self._expander = Expander(self, self.pane.exploration)
        self._lengths = LengthWatch()
        self._renew_from = 0.0

    def give_up(self, why: str) -> None:
        """Say in the pane that the list of modules does not come."""
        self.pane.nodes.stop_waiting()
        if self.asker.is_asked("modules"):
            self.pane.trouble = f"{why}."

    def gone(self) -> None:
        """The module must stay: it could not be read again."""
        self.pane.exploration.target_gone = True

    @on(GlobalsPane.ModulesWanted)
    def _list_modules(self, event: GlobalsPane.ModulesWanted) -> None:
        event.stop()
        pane = self.pane
        pane.trouble = ""
        self.asker.ask(
            "Reading the list of modules",
            lambda _progress: modules(self.live.session),
            lambda loaded: setattr(pane, "modules", loaded),
            group="modules",
            failed=lambda error: setattr(pane, "trouble", f"{error}."),
        )

    @on(GlobalsPane.ModuleOpened)
    def _open_module(self, event: GlobalsPane.ModuleOpened) -> None:
        event.stop()
        self.asker.ask(
            f"Reading the globals of {event.module}",
            lambda _progress: globals_of(
                self.live.session, event.module, offset=event.offset, limit=PAGE, order=event.order
            ),
            self._globals_came,
            group="globals",
            failed=self._expander.failed,
        )

    def _globals_came(self, found: Globals) -> None:
        if not found.offset:
            # Addresses may belong to other objects now.
            self._lengths.clear()
        self.pane.show_globals(found)

    @on(NodeTree.Expanded)
    def _expand(self, event: NodeTree.Expanded) -> None:
        event.stop()
        self._expander.expand(event.branch, event.depth, event.offset)

    @on(GlobalsPane.ModuleLeft)
    def _module_left(self, event: GlobalsPane.ModuleLeft) -> None:
        event.stop()
        self._lengths.clear()
        self.ask_quietly(release_globals(self.live.session), "release globals")

    # --- lengths ------------------------------------------------------------------------------

    def on_census(self, _census: Census) -> None:
        """Ask how long the containers on open lines are now, or what the modules have now."""
        self._renew_modules()
        addresses = self.pane.containers()
        if addresses and not self.live.gone and not self.asker.is_asking:
            self.ask_quietly(self._ask_lengths(addresses), "lengths")

    def _renew_modules(self) -> None:
        """Ask for the list again while somebody looks at it, for no more than a small share of the time."""
        pane = self.pane
        looks = pane.modules is not None and pane.found is None and pane.listing.is_on_screen
        due = looks and monotonic() >= self._renew_from
        if due and not self.live.gone and not self.asker.is_asking:
            self.ask_quietly(self._ask_modules(), "renew modules")

    async def _ask_modules(self) -> None:
        loaded = await modules(self.live.session)
        self._renew_from = monotonic() + _SHARE * self.live.session.last_cost.agent_ms / 1000
        if self.pane.found is None:
            self.pane.modules = loaded

    async def _ask_lengths(self, addresses: Sequence[int]) -> None:
        watch = self._lengths
        watch.add(await lengths(self.live.session, addresses))
        told = {address: watch.length(address) for address in addresses}
        self.pane.take_lengths(
            {
                address: Length(length, watch.per_minute(address))
                for address, length in told.items()
                if length is not None
            }
        )
