"""The link between a pane and the session: as the pane's parent it receives the pane's messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Vertical

from memtui.diagnosis.own import OwnTypes
from memtui.model.errors import MemtuiError
from memtui.ui.panes.pane import Pane
from memtui.ui.widgets.paint.painted import Covered
from memtui.verbs.modules import modules

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from textual.app import ComposeResult

    from memtui.ui.asking import Asker
    from memtui.ui.live import Live
    from memtui.ui.widgets.table.filtered import FilteredTable
    from memtui.verbs.census import Census


class Desk(Vertical, Covered):
    """Does what the user wants in one pane, and passes on to it what the target sends.

    The dashboard calls the hooks of all its desks; it also does what one pane wants of another.
    """

    PANE: ClassVar[type[Pane]]

    pane: Pane

    def __init__(self, live: Live, asker: Asker) -> None:
        super().__init__()
        self.live = live
        self.asker = asker
        self.pane = self.PANE()

    def compose(self) -> ComposeResult:
        """The pane alone."""
        yield self.pane

    # --- what the dashboard calls -------------------------------------------------------------

    def on_census(self, census: Census) -> None:
        """A census has come."""

    def give_up(self, why: str) -> None:
        """All that runs is about to be cancelled; ``why`` says what happened."""

    def gone(self) -> None:
        """The target is gone; what was seen stays."""

    # --- what a desk needs --------------------------------------------------------------------

    def ask_quietly(self, request: Awaitable[None], group: str) -> None:
        """Run a request that is not shown; if it fails, the next census fails for the same reason."""

        async def run() -> None:
            try:
                await request
            except MemtuiError:
                return

        self.run_worker(run(), group=group, exclusive=True)

    def ask_what_is_own(self, listing: FilteredTable) -> None:
        """Show only the program's own types in ``listing``, once it is known which those are."""
        self.asker.ask(
            "Asking for the files of modules",
            lambda _progress: modules(self.live.session),
            lambda loaded: listing.show_only(OwnTypes(loaded).owns),
            group="own types",
        )

    @on(Pane.Copied)
    def _copy(self, event: Pane.Copied) -> None:
        event.stop()
        self.app.copy_to_clipboard(event.text)
        self.notify(event.text, title=f"Copied the {event.what}", timeout=3, markup=False)
