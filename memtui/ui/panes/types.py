"""Types: how many objects of each, and how large."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.reactive import reactive

from memtui.model.text import count_text, share_text, size_text
from memtui.ui.panes.listing import ListingPane
from memtui.ui.panes.pane import frozen_warning
from memtui.ui.widgets.columns import Column
from memtui.ui.widgets.sheet import Sheet
from memtui.ui.widgets.spans import Line, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memtui.model.census import Census


class TypesPane(ListingPane):
    """The last census as a table."""

    NAME = "Types"
    ABOUT = (
        "Every type of object that the garbage collector tracks: how many objects there are, their "
        "shallow size together, and its share of all. Strings, numbers and other objects without "
        "references are not tracked, and frozen objects (gc.freeze) cannot be listed; the title "
        "says how many those are."
    )
    COLUMNS: ClassVar[Sequence[Column]] = (
        Column("type", "type", 16, 100, "left", True, 72, "ascending", "end"),
        Column("count", "count", 11, 90),
        Column("size", "size", 8, 80),
        Column("share", "%", 5, 10, sorts=None),
    )
    SORT = "size"

    census: reactive[Census | None] = reactive(None, repaint=False)
    """What to show.  Rows of earlier censuses keep their place in it."""

    _types = 0

    def watch_census(self, census: Census | None) -> None:
        """New figures: the table keeps order, filter and cursor."""
        if census is None:
            return
        counts, sizes, total = census.counts, census.sizes, census.size or 1

        def cells(row: int) -> tuple[Span, ...]:
            return (
                Span(census.names[row]),
                Span(count_text(counts[row])),
                Span(size_text(sizes[row])),
                Span(share_text(sizes[row] / total), "dim"),
            )

        self._types = len(counts) - counts.count(0)
        values = {"type": census.names, "count": counts, "size": sizes}
        self.show_sheet(Sheet(census.names, values, cells, counts))

    def empty_text(self) -> str:
        """What is missing."""
        if self.census is None:
            return "Counting the objects of the target for the first time …"
        if not self.table.filter_text:
            return "The collector of the target tracks no objects."
        return super().empty_text()

    def note(self) -> Line:
        """How many types there are."""
        if self.census is None:
            return ()
        return (*self.filter_note(), Span(f"{count_text(self._types)} types", "dim"))

    def warning(self) -> Sequence[Line]:
        """What is missing from the rows."""
        return frozen_warning(0 if self.census is None else self.census.frozen)
