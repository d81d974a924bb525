"""Types: how many objects of each, and how large."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from memtui.numbers import np
from memtui.present.spans import Line, Span
from memtui.present.text import bound_text, counted, duration_text
from memtui.present.words import NONE_OF_MINE, no_match_text
from memtui.ui.panes.pane import Pane, frozen_warning
from memtui.ui.widgets.table.filtered import FilteredTable
from memtui.ui.widgets.table.sheet import Sheet
from memtui.ui.widgets.table.table import SheetTable
from memtui.verbs.census import COLUMNS, cells
from memtui.verbs.untracked import PROCESS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from memtui.verbs.census import Census
    from memtui.verbs.untracked import Untracked

_MARK = " ~"
"""Behind the name of an estimated row: a long name loses its beginning."""


class CensusPane(Pane):
    """The last census as a table."""

    NAME = "Types"
    ABOUT = (
        "Every type of object that the garbage collector tracks: how many objects there are, their "
        "shallow size together, and its share of all. Strings, numbers and other objects without "
        "references are not tracked: u estimates them once, with the buffers of torch and pyarrow, as "
        "rows with a ~ that stay as they were then; escape takes them away. Frozen objects "
        "(gc.freeze) cannot be listed; the title says how many those are. m leaves only the types of the "
        "program's own modules. A filter may be a list: shop,!Cart is what has shop in its name, but "
        "not Cart."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        FilteredTable.filter_key("types"),
        FilteredTable.mine_key(),
        Binding(
            "u", "estimate", "Untracked", tooltip="Estimate texts, numbers, arrays, buffers too"
        ),
    ]

    class EstimateWanted(Message):
        """The user wants an estimate of what is not tracked; ``agreed`` is consent to its cost."""

        def __init__(self, *, agreed: bool) -> None:
            super().__init__()
            self.agreed = agreed

    census: reactive[Census | None] = reactive(None, repaint=False)
    """What to show.  Rows of earlier censuses keep their place in it."""

    estimate: reactive[Untracked | None] = reactive(None, repaint=False)
    """The estimate shown beside it, of objects that the collector does not track."""

    listing: FilteredTable

    def __init__(self) -> None:
        super().__init__()
        self.listing = FilteredTable(COLUMNS, sort="size", why_empty=self._why_empty)
        self.table = self.listing.table
        self._types = 0
        self._proposed = False

    def body(self) -> ComposeResult:
        """The table with its filter."""
        yield self.listing

    def keyboard(self) -> SheetTable:
        """The table takes the keys."""
        return self.table

    # --- what it shows ------------------------------------------------------------------------

    def watch_census(self, census: Census | None) -> None:
        """New figures: the table keeps order, filter and cursor."""
        if census is None:
            return
        self._types = int(np.count_nonzero(census.counts))
        if self.estimate is not None:
            self._show_sheet(_joined_sheet(census, self.estimate))
            return
        counts, sizes, total = census.counts, census.sizes, census.size or 1

        def made(rows: Sequence[int]) -> list[Line]:
            return [cells(census.names[row], counts[row], sizes[row], total) for row in rows]

        values = {"type": census.names, "count": counts, "size": sizes}
        self._show_sheet(Sheet(census.names, values, made, counts))

    def _show_sheet(self, sheet: Sheet) -> None:
        self.listing.show_sheet(sheet, seen=self.seen)
        self.retitle()

    def catch_up(self) -> None:
        """Show the rows that came last."""
        self.listing.catch_up()
        self.retitle()

    def watch_estimate(self) -> None:
        """Show its rows, or take them away."""
        self._proposed = False
        self.watch_census(self.census)

    def propose(self, seconds: float) -> None:
        """Say what an estimate would cost the target, and wait for another ``u``."""
        self._proposed = True
        self.notify(
            f"It will take about {duration_text(seconds)} of the target's processor time, in slices "
            "of some milliseconds. u again begins, escape cancels.",
            title="Estimate what is not tracked?",
            severity="warning",
            timeout=8,
            markup=False,
        )

    def _why_empty(self) -> str:
        if self.census is None:
            return "Counting the objects of the target for the first time …"
        if self.listing.only_mine and not self.listing.filter_text:
            return NONE_OF_MINE
        if not self.listing.filter_text:
            return "The collector of the target tracks no objects."
        return no_match_text("type", self.listing.filter_text)

    def note(self) -> Line:
        """How many types there are."""
        if self.census is None:
            return ()
        return (*self.listing.filter_note(), Span(counted(self._types, "type"), "dim"))

    def warning(self) -> Sequence[Line]:
        """What is missing from the rows, or how old and how far off the estimated ones are."""
        census, estimate = self.census, self.estimate
        if census is None or estimate is None or census.frozen:
            return frozen_warning(0 if census is None else census.frozen)
        age = duration_text(max(0.0, census.at - estimate.at))
        forms = (
            f"~ estimated {age} ago {bound_text(estimate.error)}",
            f"~ estimated {age} ago",
            "~ estimated",
        )
        return tuple((Span(form, "accent"),) for form in forms)

    # --- what the user does -------------------------------------------------------------------

    def action_estimate(self) -> None:
        """Post that the user wants an estimate."""
        self.post_message(self.EstimateWanted(agreed=self._proposed))

    @on(SheetTable.Opened)
    def _row_opened(self, event: SheetTable.Opened) -> None:
        """Post which type; objects that are not tracked cannot be listed."""
        event.stop()
        if not isinstance(event.key, _Estimated):
            self.post_message(self.TypeOpened(str(event.key)))
            return
        self.notify(
            "These objects are not tracked, so they cannot be listed. Open the instances of a type "
            "that refers to them.",
            title=str(event.key),
            markup=False,
        )

    def can_go_back(self) -> bool:
        """A filter can be taken away, and the rows of an estimate."""
        return self.listing.is_filtered or self.estimate is not None

    def go_back(self) -> None:
        """Take away the one, then the other."""
        if self.listing.is_filtered:
            self.listing.clear_filter()
        else:
            self.estimate = None

    def copy_choice(self) -> tuple[str, str] | None:
        """The type under the cursor, without the mark of an estimate."""
        key = self.table.cursor_key
        return None if key is None else (str(key).removesuffix(_MARK), "type")


class _Estimated(str):
    """The key of a row that is not of the census."""

    __slots__ = ()


def _joined_sheet(census: Census, estimate: Untracked) -> Sheet:
    """The rows of the estimate before those of the census, so that all keep their places."""
    table = {str(row.type): (row.count, row.size) for row in estimate.rows if row.count}
    for each in estimate.outside:
        if each.place == PROCESS:
            # Of tracked objects the row has the buffers only.
            count, size = table.get(each.type, (each.regions or each.objects, 0))
            table[each.type] = count, size + each.size
    rows = [(name, *figures) for name, figures in table.items()]
    names = [*(name for name, *_ in rows), *census.names]
    keys = [*(_Estimated(name + _MARK) for name, *_ in rows), *census.names]
    counts = [*(count for _, count, _ in rows), *census.counts]
    sizes = [*(size for *_, size in rows), *census.sizes]
    total = sum(sizes) or 1

    def made(wanted: Sequence[int]) -> list[Line]:
        tones = ("accent" if isinstance(keys[row], _Estimated) else "" for row in wanted)
        return [
            cells(keys[row], counts[row], sizes[row], total, tone)
            for row, tone in zip(wanted, tones, strict=True)
        ]

    values: dict[str, Sequence[Any]] = {"type": names, "count": counts, "size": sizes}
    return Sheet(keys, values, made, counts, names)
