"""Allocations: which lines of source allocate what is alive, and which of them grow."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from memtui.model.allocations import Group, Scope
from memtui.present.allocations import CHANGES, PLACE, SCOPES, TOTALS, changes, place, totals
from memtui.present.spans import Line, Span
from memtui.present.text import counted
from memtui.present.words import no_match_text
from memtui.ui.panes.allocations.facts import TracingFacts
from memtui.ui.panes.pane import Pane
from memtui.ui.widgets.paint.line_view import LineView
from memtui.ui.widgets.table.filtered import FilteredTable
from memtui.ui.widgets.table.sheet import Sheet
from memtui.ui.widgets.table.table import SheetTable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult

    from memtui.model.allocations import Allocation, Frame
    from memtui.present.columns import Column
    from memtui.verbs.allocations import Tracing

_PLACES = {Group.LINE: "lines", Group.FILE: "files", Group.TRACEBACK: "tracebacks"}


class AllocationsPane(Pane):
    """Facts of the tracing, rows by line, file or traceback, the source of the one under the cursor."""

    NAME = "Allocations"
    ABOUT = (
        "Where memory is allocated, by tracemalloc, which t starts and stops. What was allocated "
        "before it was started is not in the rows. Growth shows what changed over the snapshots, "
        "what grows steadily on top: the rate is a line fitted through all of them, times how "
        "steady it is, so that a slow leak comes before churn. Tracing costs the target time for "
        "every allocation, and memory, which is shown against its budget; above the budget it "
        "stops by itself. If the application traces on its own, its session is used and not "
        "stopped. Your code counts what libraries allocate on its behalf at its own line."
    )
    COLUMNS: ClassVar[Sequence[Column]] = (PLACE, *TOTALS, *CHANGES)

    BINDINGS: ClassVar[list[BindingType]] = [
        FilteredTable.filter_key("places"),
        Binding("t", "trace", "Trace/stop", tooltip="Start tracemalloc in the target, or stop it"),
        Binding("v", "view", "Top/growth", tooltip="What is largest, or what grows"),
        Binding("m", "group", "Group", tooltip="By line, by file, by traceback"),
        Binding("u", "scope", "Yours", tooltip="All, your code, or libraries alone"),
        Binding("k", "peak", "Peak", show=False, tooltip="Reset the peak"),
        Binding("a", "allow", "Allow", tooltip="Take the snapshot that costs so much"),
    ]

    class TracingStarted(Message):
        """The user wants allocations to be traced."""

    class TracingStopped(Message):
        """The user wants tracing to end."""

    class Allowed(Message):
        """The user consents to what ``question`` says."""

    class PeakReset(Message):
        """The user wants the peak to be reset."""

    class ViewChanged(Message):
        """The user wants rows of another ``group`` or ``scope``."""

    rows: reactive[Sequence[Allocation]] = reactive((), repaint=False)
    """All rows of the present group and scope."""
    tracing: reactive[Tracing | None] = reactive(None, repaint=False)
    """The state of tracemalloc, as last reported."""
    running: reactive[bool] = reactive(False, repaint=False)
    """Whether a measurement runs."""
    snapshots: reactive[int] = reactive(0, repaint=False)
    """How many snapshots the rows are of."""
    question: reactive[str] = reactive("", repaint=False)
    """What the next snapshot would cost, while the user is asked for consent."""
    ending: reactive[str] = reactive("", repaint=False)
    """Why the measurement ended early, in words."""

    source_of: Callable[[Frame], str | None] | None = None
    """Gives the line of source of a frame; asked for the row under the cursor only."""

    listing: FilteredTable

    def __init__(self) -> None:
        super().__init__()
        self.group, self.scope, self.growth = Group.LINE, Scope.ALL, True
        self.facts = TracingFacts()
        self.listing = FilteredTable(self.COLUMNS, sort="rate", why_empty=self._why_empty)
        self.table = self.listing.table

    def body(self) -> ComposeResult:
        """Facts, rows, filter."""
        yield self.facts
        yield self.listing

    def keyboard(self) -> SheetTable:
        """The table takes the keys."""
        return self.table

    # --- what it shows ------------------------------------------------------------------------

    def watch_rows(self) -> None:
        """Other rows: the table keeps order, filter and cursor."""
        changed = self.growth and self.snapshots > 1
        rows = [row for row in self.rows if (row.grew or row.shrank if changed else row.bytes)]
        places = [place(row.frames[0]) for row in rows]
        self.table.sheet = Sheet(
            keys=[row.frames for row in rows],
            values={
                "place": places,
                "size": [row.bytes for row in rows],
                "blocks": [row.blocks for row in rows],
                "delta": [row.bytes_delta for row in rows],
                "rate": [row.score or min(0.0, row.bytes_per_s) for row in rows],
                "grew": [row.steadiness for row in rows],
            },
            cells=lambda numbers: [_cells(places[number], rows[number]) for number in numbers],
            search=[" ".join(map(place, row.frames)) for row in rows],
        )
        self._changed()

    def watch_tracing(self) -> None:
        """Overhead and peak move."""
        self._changed()

    def watch_running(self) -> None:
        """Start and stop."""
        self._changed()
        self.refresh_bindings()

    def watch_question(self) -> None:
        """The key that answers appears."""
        self._changed()
        self.refresh_bindings()

    def watch_ending(self) -> None:
        """The facts show it."""
        self._changed()

    def _changed(self) -> None:
        if self.is_mounted:
            self._tell()
            self.listing.explain()
            self.retitle()

    def _tell(self) -> None:
        first = self.chosen[0] if self.chosen else None
        source = None
        if first is not None and first.line and self.source_of is not None:
            source = self.source_of(first)
        news = f"{self.question}; a allows it, t stops" if self.question else self.ending
        self.facts.set_class(self.group is Group.TRACEBACK, "-callers")
        self.facts.show(self.tracing, news, self.chosen, source)

    def _why_empty(self) -> str:
        if self.listing.filter_text:
            return no_match_text("place", self.listing.filter_text)
        if self.running and (self.tracing is None or not self.tracing.on):
            return "Starting tracemalloc in the target …"
        if self.running and self.snapshots == 0:
            return "Warming up.\nThe first snapshot shows what was allocated since tracing began."
        if self.snapshots:
            return f"No {_PLACES[self.group]}{SCOPES[self.scope]} to show."
        return "Allocations are not traced.\nt starts tracemalloc in the target."

    def title(self) -> Line:
        """What the rows are."""
        what = "growth" if self.growth else "top"
        text = f"{what} by {self.group}{SCOPES[self.scope]}"
        return (Span("Allocations "), Span(text, "accent"))

    def note(self) -> Line:
        """How many snapshots there are."""
        words = counted(self.snapshots, "snapshot")
        snapshots = (Span(words, "dim"),) if self.snapshots else ()
        return (*self.listing.filter_note(), *snapshots)

    def copy_choice(self) -> tuple[str, str] | None:
        """The place under the cursor."""
        frames = self.chosen
        return (place(frames[0]), "place") if frames else None

    @property
    def chosen(self) -> Sequence[Frame]:
        """The frames of the row under the cursor."""
        key = self.table.cursor_key
        return key if isinstance(key, tuple) else ()

    # --- what the user does -------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is something to allow while it is asked for."""
        if action == "allow":
            return bool(self.question)
        return super().check_action(action, parameters)

    @on(LineView.Moved)
    def _cursor_moved(self, event: LineView.Moved) -> None:
        event.stop()
        self._tell()

    @on(SheetTable.Opened)
    def _place_opened(self, event: SheetTable.Opened) -> None:
        # A place is not a type, so there are no instances to show.
        event.stop()

    def action_trace(self) -> None:
        """Start or stop."""
        self.post_message(self.TracingStopped() if self.running else self.TracingStarted())

    def action_allow(self) -> None:
        """Consent."""
        self.post_message(self.Allowed())

    def action_peak(self) -> None:
        """Reset the peak."""
        self.post_message(self.PeakReset())

    def action_view(self) -> None:
        """Top or growth."""
        self.growth = not self.growth
        self.table.sorted_by, self.table.descending = "rate" if self.growth else "size", True
        self.watch_rows()

    def action_group(self) -> None:
        """The next grouping."""
        groups = list(Group)
        self.group = groups[(groups.index(self.group) + 1) % len(groups)]
        self._changed()
        self.post_message(self.ViewChanged())

    def action_scope(self) -> None:
        """The next scope."""
        scopes = list(Scope)
        self.scope = scopes[(scopes.index(self.scope) + 1) % len(scopes)]
        self._changed()
        self.post_message(self.ViewChanged())


def _cells(where: str, row: Allocation) -> Line:
    return (Span(where), *totals(row), *changes(row))
