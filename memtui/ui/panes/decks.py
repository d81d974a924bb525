"""The two decks of the dashboard, and all desks on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from memtui.ui.panes import LOWER, UPPER
from memtui.ui.panes.deck import Deck
from memtui.ui.panes.desk import Desk

if TYPE_CHECKING:
    from memtui.ui.asking import Asker
    from memtui.ui.live import Live
    from memtui.ui.panes.pane import Pane
    from memtui.verbs.census import Census

D = TypeVar("D", bound=Desk)

WIDE = 110
"""From this width on, the upper panes are side by side."""


class Decks:
    """Every registered pane on its desk, and actions on all of them."""

    def __init__(self, live: Live, asker: Asker) -> None:
        self.upper = Deck([desk(live, asker) for desk in UPPER], id="upper", wide_from=WIDE)
        self.lower = Deck([desk(live, asker) for desk in LOWER], id="lower")
        self.desks: tuple[Desk, ...] = (*self.upper.desks, *self.lower.desks)
        self.panes: tuple[Pane, ...] = (*self.upper.panes, *self.lower.panes)

    def desk(self, kind: type[D]) -> D:
        """The desk of this kind."""
        return next(desk for desk in self.desks if isinstance(desk, kind))

    def deck_of(self, pane: Pane) -> Deck:
        """Where ``pane`` is."""
        return self.upper if pane in self.upper.panes else self.lower

    def pane_beside(self, pane: Pane | None, step: int) -> Pane:
        """The next pane that is visible or can be: every upper one, and the lower one on top."""
        round_trip = [*self.upper.panes, self.lower.top]
        place = round_trip.index(pane) if pane in round_trip else -1
        return round_trip[(place + step) % len(round_trip)]

    def on_census(self, census: Census) -> None:
        """A census has come."""
        for desk in self.desks:
            desk.on_census(census)

    def give_up(self, why: str) -> None:
        """All that runs is about to be cancelled."""
        for desk in self.desks:
            desk.give_up(why)

    def gone(self) -> None:
        """The target is gone."""
        for desk in self.desks:
            desk.gone()

    def set_busy(self, *, busy: bool) -> None:
        """Whether escape means cancel."""
        for pane in self.panes:
            pane.busy = busy
