"""An address in the palette: the object there is opened, wherever the address was printed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.command import DiscoveryHit, Hit, Provider

from memtui.ui.panes.pane import Pane
from memtui.verbs.instances import Search, address_of

if TYPE_CHECKING:
    from textual.command import Hits

_ANY = "Object at an address"
_HELP = "Type the address here (0x…), or in the form that enter opens"


class ObjectFinder(Provider):
    """Takes an address, as ``0x7f1c2a4be5d0``."""

    async def discover(self) -> Hits:
        """Say that an address can be typed."""
        yield DiscoveryHit(_ANY, self._ask, help=_HELP)

    async def search(self, query: str) -> Hits:
        """The object, if ``query`` is an address."""
        matcher = self.matcher(query)
        if (score := matcher.match(_ANY)) > 0:
            yield Hit(score, matcher.highlight(_ANY), self._ask, help=_HELP)
        address = query.strip()
        if address_of(address) is not None:
            yield Hit(
                1.0,
                f"Open {Search(address).what}",
                partial(self.screen.post_message, Pane.TypeOpened(address)),
                help="What it is, and what it refers to (Instances)",
            )

    async def _ask(self) -> None:
        await self.screen.run_action("find_object")
