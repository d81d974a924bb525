"""A table of any number of rows: columns and an arrangement, sorted and filtered where they lie."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from memtui.present.cells import cells, fitted
from memtui.present.columns import GAP, Column, fit
from memtui.present.spans import Line, Span
from memtui.ui.widgets.paint.line_view import LineView
from memtui.ui.widgets.table.arrangement import Arrangement
from memtui.ui.widgets.table.filter import NameFilter
from memtui.ui.widgets.table.sheet import Sheet

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

_GAP = " " * GAP
_ARROWS = {True: "▼", False: "▲"}


class SheetTable(LineView):
    """Rows under sortable columns.  The cursor stays with its row's key wherever that row goes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "sort", "Sort", tooltip="Sort by the next column"),
        Binding("S", "reverse", "Reverse", show=False, tooltip="Sort the other way round"),
    ]

    class Opened(Message):
        """The row of this key was opened."""

        def __init__(self, table: SheetTable, key: Hashable) -> None:
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> SheetTable:
            """The table, for ``@on`` with a selector."""
            return self.table

    class SortChanged(Message):
        """The user chose another order."""

        def __init__(self, table: SheetTable, column: str, *, descending: bool) -> None:
            super().__init__()
            self.table = table
            self.column = column
            self.descending = descending

        @property
        def control(self) -> SheetTable:
            """The table, for ``@on`` with a selector."""
            return self.table

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        sort: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._sheet = Sheet()
        self._take_columns(columns, sort)
        self._pattern: NameFilter | None = None
        self._text = ""
        self._only: Callable[[str], bool] | None = None
        self._order = Arrangement(self._sheet)
        self._pinned: Hashable | None = None
        self._pinned_row = 0

    def _take_columns(self, columns: Sequence[Column], sort: str | None) -> None:
        self.columns = tuple(columns)
        self._fitted: tuple[int, list[tuple[int, int]]] | None = None
        self.sorted_by = sort
        self.descending = True
        for column in columns:
            if column.key == sort:
                self.descending = column.sorts != "ascending"

    # --- what it shows ------------------------------------------------------------------------

    @property
    def sheet(self) -> Sheet:
        """The rows; assign new ones and the table keeps order, filter and cursor."""
        return self._sheet

    @sheet.setter
    def sheet(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self.rearrange()

    def show_columns(self, columns: Sequence[Column], *, sort: str | None) -> None:
        """Change the columns; the table is empty until the next sheet, which must have them."""
        self.sheet = Sheet()
        self._take_columns(columns, sort)
        self.lines_changed()

    @property
    def filter_text(self) -> str:
        """The filter as typed, "" for none."""
        return self._text

    @filter_text.setter
    def filter_text(self, text: str) -> None:
        self._text = text
        self._filter()

    @property
    def only(self) -> Callable[[str], bool] | None:
        """What says which names are shown at all, whatever the filter is; None for no such thing."""
        return self._only

    @only.setter
    def only(self, only: Callable[[str], bool] | None) -> None:
        self._only = only
        self._filter()

    def _filter(self) -> None:
        is_filtered = bool(self._text) or self._only is not None
        self._pattern = NameFilter(self._text, self._only) if is_filtered else None
        self.rearrange()
        self.show_cursor()

    @property
    def cursor_key(self) -> Hashable | None:
        """The key of the row under the cursor, None in an empty table."""
        if not self._order:
            return None
        return self._sheet.keys[self._order[self.cursor]]

    @property
    def shown_keys(self) -> list[Hashable]:
        """The keys of all rows that pass the filter, in their order."""
        return [self._sheet.keys[row] for row in self._order]

    def rearrange(self) -> None:
        """Filter and sort again, and bring the cursor to the row it was on."""
        in_view = self.cursor_visible()
        self._order = Arrangement(
            self._sheet,
            by=self.sorted_by,
            descending=self.descending,
            pattern=self._pattern,
            before=self._order,
        )
        if self._pinned is None:
            self.cursor = 0
        elif (line := self._line_of_pinned()) is not None:
            self.cursor = line
        self.lines_changed()
        if in_view:
            self.show_cursor()

    def _line_of_pinned(self) -> int | None:
        # Rows keep their place from sheet to sheet as a rule, so the last place is tried first.
        keys, row = self._sheet.keys, self._pinned_row
        if row >= len(keys) or keys[row] != self._pinned:
            try:
                row = keys.index(self._pinned)
            except ValueError:
                return None
            self._pinned_row = row
        return self._order.line_of(row)

    def _fit(self, width: int) -> list[tuple[int, int]]:
        if self._fitted is None or self._fitted[0] != width:
            self._fitted = (width, fit(self.columns, width - 2))
        return self._fitted[1]

    def hidden_name(self) -> str:
        """The name of the row under the cursor, where the first column has no room for all of it."""
        if not self._order or not self.size.width:
            return ""
        [cells_of_row] = self._sheet.cells([self._order[self.cursor]])
        place, size = self._fit(self.size.width)[0]
        text = cells_of_row[place].text
        return text if cells(text) > size else ""

    # --- the lines ----------------------------------------------------------------------------

    def line_total(self) -> int:
        """The rows that pass the filter."""
        return len(self._order)

    def spans_at(self, lines: Sequence[int], width: int) -> Iterator[Line]:
        """Rows, a cell in each column there is room for."""
        shown = [(self.columns[i], i, size, _GAP) for i, size in self._fit(width)]
        shown[:1] = [(*each[:3], " ") for each in shown[:1]]
        for row in self._sheet.cells([self._order[line] for line in lines]):
            spans = []
            for column, i, size, gap in shown:
                text, tone = row[i]
                spans.append(Span(gap + fitted(text, size, column.align, keep=column.keep), tone))
            yield tuple(spans)

    @property
    def heading_height(self) -> int:
        """Always one, also over no rows."""
        return 1

    def heading(self, width: int) -> Line:
        """The titles; an arrow marks the sorted column and its direction."""
        spans, gap = [], " "
        for i, size in self._fit(width):
            column = self.columns[i]
            arrow = _ARROWS[self.descending] if column.key == self.sorted_by else ""
            title = column.title + (f" {arrow}" if arrow else "")
            text = fitted(title, size, column.align)
            tone = "accent" if arrow else "head"
            spans.append(Span(gap + text, tone))
            gap = _GAP
        return tuple(spans)

    # --- what the user does -------------------------------------------------------------------

    def cursor_moved(self) -> None:
        """The cursor belongs to a row now; at the top of an untouched table it follows the top."""
        self._pinned = self.cursor_key
        if self._order:
            self._pinned_row = self._order[self.cursor]

    def action_top(self) -> None:
        """To the first line, to stay there whichever row is first."""
        super().action_top()
        self._pinned = None

    def action_open(self) -> None:
        """Post which row was opened."""
        if (key := self.cursor_key) is not None:
            self.post_message(self.Opened(self, key))

    def action_sort(self) -> None:
        """Sort by the next sortable column that is visible."""
        shown = [self.columns[i] for i, _ in self._fit(self.size.width)]
        sortable = [column for column in shown if column.sorts is not None]
        keys = [column.key for column in sortable]
        place = keys.index(self.sorted_by) + 1 if self.sorted_by in keys else 0
        if sortable:
            self.sort_by(sortable[place % len(sortable)])

    def action_reverse(self) -> None:
        """Turn the order round."""
        self._sort(self.sorted_by, descending=not self.descending)

    def sort_by(self, column: Column) -> None:
        """Sort by ``column``; once more turns the order round."""
        if column.key == self.sorted_by:
            self.action_reverse()
        else:
            self._sort(column.key, descending=column.sorts == "descending")

    def _sort(self, key: str | None, *, descending: bool) -> None:
        if key is None:
            return
        self.sorted_by, self.descending = key, descending
        self.rearrange()
        self.show_cursor()
        self.post_message(self.SortChanged(self, key, descending=descending))

    def heading_clicked(self, x: int) -> None:
        """Sort by the column whose title was clicked."""
        edges = [1]
        shown = self._fit(self.size.width)
        for _, size in shown:
            edges.append(edges[-1] + size + GAP)
        for (i, _), (start, end) in zip(shown, pairwise(edges), strict=True):
            if start <= x < end and self.columns[i].sorts is not None:
                self.sort_by(self.columns[i])
