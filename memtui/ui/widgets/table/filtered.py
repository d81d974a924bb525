"""A table with the filter below it, and the words that replace the rows of an empty table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding
from textual.containers import Vertical
from textual.message import Message

from memtui.present.spans import Line, Span
from memtui.present.text import count_text
from memtui.ui.widgets.form.filter_bar import FilterBar
from memtui.ui.widgets.paint.painted import Covered
from memtui.ui.widgets.table.table import SheetTable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult

    from memtui.present.columns import Column
    from memtui.ui.widgets.table.sheet import Sheet


class FilteredTable(Vertical, Covered):
    """The table takes the keys; the bar is shown while a filter is typed or holds.

    ``why_empty`` says why there are no rows.
    """

    class FilterChanged(Message):
        """The filter leaves other rows."""

    def __init__(
        self, columns: Sequence[Column], *, sort: str, why_empty: Callable[[], str]
    ) -> None:
        super().__init__()
        self.table = SheetTable(columns, sort=sort)
        self.filter_bar = FilterBar()
        self._why_empty = why_empty
        self._unseen: Sheet | None = None

    @staticmethod
    def filter_key(rows: str) -> Binding:
        """The key for a pane whose ``rows`` can be filtered, named in the plural."""
        return Binding(
            *("slash", "filter", "Filter"),
            key_display="/",
            tooltip=f"Show only {rows} that match",
        )

    @staticmethod
    def mine_key() -> Binding:
        """The key that leaves only the program's own types, or shows all again."""
        return Binding(
            *("m", "mine", "Mine"),
            tooltip="Only types of the program's own modules: no library, no standard library; or all",
        )

    def compose(self) -> ComposeResult:
        """The table over the filter."""
        yield self.table
        yield self.filter_bar

    def on_mount(self) -> None:
        """Say why there are no rows yet."""
        self.explain()

    # --- the rows -----------------------------------------------------------------------------

    def show_sheet(self, sheet: Sheet, *, seen: bool = True) -> None:
        """Show these rows; if the table is not ``seen``, only in :meth:`catch_up`: sorting is not free."""
        if not seen:
            self._unseen = sheet
            return
        self._unseen = None
        self.table.sheet = sheet
        self.explain()

    def catch_up(self) -> None:
        """The table is visible again: show the rows that came last."""
        if self._unseen is not None:
            self.show_sheet(self._unseen)

    def explain(self) -> None:
        """Set the words that an empty table shows."""
        words = "" if self.table.line_total() else self._why_empty()
        if words != self.table.empty_text:
            self.table.empty_text = words
            self.table.repaint_changes()

    # --- the filter ---------------------------------------------------------------------------

    @property
    def filter_text(self) -> str:
        """The filter as typed, "" for none."""
        return self.table.filter_text

    def filter_note(self) -> Line:
        """How many rows the filter leaves, for a title."""
        shown = count_text(self.table.line_total())
        if self.filter_text:
            mine = " of mine" if self.only_mine else ""
            return (Span(f"{shown}{mine} match “{self.filter_text}”  ", "warn"),)
        return (Span(f"{shown} of mine  ", "warn"),) if self.only_mine else ()

    @property
    def only_mine(self) -> bool:
        """Whether only the program's own types are shown."""
        return self.table.only is not None

    def show_only(self, owns: Callable[[str], bool] | None) -> None:
        """Show only the rows whose name ``owns`` accepts; None for all again."""
        self.table.only = owns
        self.explain()
        self.post_message(self.FilterChanged())

    def open_filter(self) -> None:
        """Let a filter be typed."""
        self.filter_bar.open()

    @property
    def is_filtered(self) -> bool:
        """Whether rows are left out that escape would bring back."""
        return bool(self.filter_text) or self.only_mine

    def clear_filter(self) -> None:
        """Take the filter away; where there is none, show others' types again."""
        if self.filter_text or not self.only_mine:
            self.filter_bar.action_clear()
        else:
            self.show_only(None)

    @on(FilterBar.Changed)
    def _take_filter(self, event: FilterBar.Changed) -> None:
        event.stop()
        self.table.filter_text = event.text
        self.explain()
        self.post_message(self.FilterChanged())

    @on(FilterBar.Closed)
    def _back_to_rows(self, event: FilterBar.Closed) -> None:
        event.stop()
        self.table.focus()
