"""A pane that is one table with a filter: what the types and the growth have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message

from memtui.present.text import count_text
from memtui.ui.panes.pane import Pane
from memtui.ui.widgets.form.filter_bar import FilterBar
from memtui.ui.widgets.paint.spans import Line, Span
from memtui.ui.widgets.table.table import SheetTable

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from textual.app import ComposeResult

    from memtui.ui.widgets.table.columns import Column
    from memtui.ui.widgets.table.sheet import Sheet


class ListingPane(Pane):
    """Types in rows; one can be opened, all can be filtered."""

    COLUMNS: ClassVar[Sequence[Column]]
    SORT: ClassVar[str]

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", key_display="/", tooltip="Show only types that match"),
    ]

    class TypeOpened(Message):
        """The user wants to see the instances of ``type``."""

        def __init__(self, type: str) -> None:  # noqa: A002 - the name on every floor
            super().__init__()
            self.type = type

    def __init__(self) -> None:
        super().__init__()
        self.table = SheetTable(self.COLUMNS, sort=self.SORT)
        self.filter_bar = FilterBar()
        self._unseen: Sheet | None = None

    def body(self) -> ComposeResult:
        """The table, and the filter below it while it is open."""
        yield self.table
        yield self.filter_bar

    def keyboard(self) -> SheetTable:
        """The table takes the keys."""
        return self.table

    def on_mount(self) -> None:
        """Say what is being waited for."""
        super().on_mount()
        self.explain()

    def show_sheet(self, sheet: Sheet) -> None:
        """Show these rows; behind another pane not before one sees them: sorting is not free."""
        if self.display:
            self._unseen = None
            self.table.sheet = sheet
            self.explain()
        else:
            self._unseen = sheet
        self.retitle()

    def catch_up(self) -> None:
        """Show the rows that came last."""
        if self._unseen is not None:
            self.table.sheet, self._unseen = self._unseen, None
            self.explain()
            self.retitle()

    def explain(self) -> None:
        """Set the words that stand in an empty table."""
        words = "" if self.table.line_total() else self.empty_text()
        if words != self.table.empty_text:
            self.table.empty_text = words
            self.table.repaint_changes()

    def empty_text(self) -> str:
        """Why there are no rows."""
        if self.table.filter_text:
            return f"No type matches “{self.table.filter_text}”.\nEscape takes the filter away."
        return ""

    def filter_note(self) -> Line:
        """How many rows the filter leaves, for the title bar."""
        if not self.table.filter_text:
            return ()
        shown = count_text(self.table.line_total())
        return (Span(f"{shown} match “{self.table.filter_text}”  ", "warn"),)

    @on(FilterBar.Changed)
    def _filter(self, event: FilterBar.Changed) -> None:
        event.stop()
        self.table.filter_text = event.text
        self.explain()
        self.retitle()

    @on(FilterBar.Closed)
    def _filter_closed(self, event: FilterBar.Closed) -> None:
        event.stop()
        self.table.focus()

    @on(SheetTable.Opened)
    def _row_opened(self, event: SheetTable.Opened) -> None:
        event.stop()
        if (wanted := self.type_of(event.key)) is not None:
            self.post_message(self.TypeOpened(wanted))

    def type_of(self, key: Hashable) -> str | None:
        """The type of a row; None where it cannot be opened."""
        return str(key)

    def action_filter(self) -> None:
        """Type a filter."""
        self.filter_bar.open()

    def can_go_back(self) -> bool:
        """A filter can be taken away."""
        return bool(self.table.filter_text)

    def go_back(self) -> None:
        """Take the filter away."""
        self.filter_bar.action_clear()

    def copy_choice(self) -> tuple[str, str] | None:
        """The type under the cursor."""
        key = self.table.cursor_key
        return None if key is None else (str(key), "type")
