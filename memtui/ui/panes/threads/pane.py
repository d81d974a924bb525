"""Threads: which threads run Python, and where each of them is."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from memtui.model.allocations import is_yours
from memtui.present.cells import cells as width_of_text
from memtui.present.cells import cut, fitted
from memtui.present.spans import Line, Span, cropped
from memtui.present.text import count_text
from memtui.present.words import THREADS_UNREADABLE, no_match_text
from memtui.ui.panes.pane import Pane
from memtui.ui.widgets.paint.line_view import LineView
from memtui.ui.widgets.paint.painted import SpanLines
from memtui.ui.widgets.table.filtered import FilteredTable
from memtui.ui.widgets.table.sheet import Sheet
from memtui.ui.widgets.table.table import SheetTable
from memtui.verbs.threads import COLUMNS, cells

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from memtui.verbs.threads import PythonThread, StackFrame, Threads

_ABOVE = 2
"""Lines of the pane over the rows: its title and theirs."""

_ROOMY = 6
"""From this many lines on, the calls get half of them."""

_MOST = 9
"""Lines for the calls of a thread, with the one that says whose they are."""

_SEARCHED = ("name", "target", "own", "top")
"""Columns that the filter looks at."""

_LEAST_FUNCTION = 12
"""Cells of a function's name that are left beside a long path."""


class ThreadsPane(Pane):
    """A row for each thread, over the innermost calls of the one under the cursor."""

    NAME = "Threads"
    ABOUT = (
        "The threads that run Python. On top is the call that runs, or waits, at this moment; your "
        "code is the innermost call that is not of a library. Below the rows, where there is room, "
        "stand the innermost calls of the selected thread with their full paths. Every poll renews "
        "all of it while you look at this pane; no thread is stopped for that. The filter looks "
        "at the names, the targets and the calls in the rows. The header counts more threads: also "
        "memtui's own, and those that run no Python."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        FilteredTable.filter_key("threads"),
        Binding("y,c", "copy", "Copy", tooltip="Copy where the thread is, or else its name"),
    ]

    class ThreadsWanted(Message):
        """The pane came on top: its rows are needed, or older than they should be."""

    threads: reactive[Threads | None] = reactive(None, repaint=False)
    """What to show; None while nobody has asked."""
    trouble: reactive[str] = reactive("", repaint=False)
    """Why nothing comes, in words."""

    listing: FilteredTable

    def __init__(self) -> None:
        super().__init__()
        self.listing = FilteredTable(COLUMNS, sort="age", why_empty=self._why_empty)
        self.table = self.listing.table
        self.calls = ThreadCalls()

    def body(self) -> ComposeResult:
        """The table with its filter, over the calls."""
        yield self.listing
        yield self.calls

    def keyboard(self) -> SheetTable:
        """The table takes the keys."""
        return self.table

    def on_show(self) -> None:
        """It is looked at: now the threads are needed."""
        self.post_message(self.ThreadsWanted())

    def on_resize(self) -> None:
        """There may be room for more calls, or for fewer."""
        self._share_room()

    # --- what it shows ------------------------------------------------------------------------

    def watch_threads(self, threads: Threads | None) -> None:
        """New rows: the table keeps order, filter and cursor."""
        if threads is None:
            return
        self.listing.show_sheet(_sheet(threads.threads), seen=self.seen)
        self._share_room()
        self._show_calls()
        self.retitle()

    def catch_up(self) -> None:
        """Show the rows that came last."""
        self.listing.catch_up()
        self._show_calls()
        self.retitle()

    def watch_trouble(self) -> None:
        """It stands where the rows would."""
        if self.is_attached:
            self.listing.explain()

    def _show_calls(self) -> None:
        if self.threads is not None:
            self.calls.show(self.chosen, readable=self.threads.calls_readable)

    def _share_room(self) -> None:
        lines = self.size.height - _ABOVE
        if self.threads is None or not self.threads.threads:
            wanted = 0
        elif not self.threads.calls_readable:
            wanted = 1
        else:
            wanted = min(_MOST, lines // 2) if lines >= _ROOMY else 0
        self.calls.styles.height = wanted
        self.calls.display = wanted > 0

    def _why_empty(self) -> str:
        if self.listing.filter_text:
            return no_match_text("thread", self.listing.filter_text)
        if self.threads is not None:
            return "No thread but memtui's runs Python."
        return self.trouble or "Reading which threads run …"

    def title(self) -> Line:
        """How many there are."""
        if self.threads is None:
            return (Span(self.NAME),)
        return (Span(f"{self.NAME} "), Span(count_text(len(self.threads.threads)), "accent"))

    def note(self) -> Line:
        """How many of them the filter leaves."""
        return self.listing.filter_note()

    @property
    def chosen(self) -> PythonThread | None:
        """The thread under the cursor."""
        key = self.table.cursor_key
        rows = () if self.threads is None else self.threads.threads
        return next((thread for thread in rows if thread.id == key), None)

    def copy_choice(self) -> tuple[str, str] | None:
        """Where the thread under the cursor is, in your own code if it is there; else its name."""
        thread = self.chosen
        if thread is None:
            return None
        call = thread.own or thread.top
        if call is not None:
            return call.place, "place"
        return None if thread.name is None else (thread.name, "name of the thread")

    # --- what the user does -------------------------------------------------------------------

    @on(LineView.Moved)
    @on(SheetTable.SortChanged)
    def _other_thread(self, event: Message) -> None:
        event.stop()
        self._show_calls()

    def filter_changed(self) -> None:
        """The cursor is on another thread, perhaps."""
        self._show_calls()
        super().filter_changed()

    @on(SheetTable.Opened)
    def _thread_opened(self, event: SheetTable.Opened) -> None:
        # A thread is no type: there are no instances to go to.
        event.stop()


class ThreadCalls(SpanLines):
    """The innermost calls of one thread, a line each."""

    def __init__(self) -> None:
        super().__init__()
        self._thread: PythonThread | None = None
        self._readable = True

    def show(self, thread: PythonThread | None, *, readable: bool) -> None:
        """Show the calls of ``thread``, or that no calls are ``readable``."""
        self._thread, self._readable = thread, readable
        self.repaint_changes()

    def lines(self, width: int) -> list[Line]:
        """Whose calls these are, and the calls, what is your own in the colour that it has in the rows."""
        thread = self._thread
        if not self._readable:
            return [cropped((Span(f" {THREADS_UNREADABLE}", "warn"),), width)]
        if thread is None:
            return []
        whose = thread.name or f"thread {thread.id}"
        if not thread.calls:
            return [cropped((Span(f" {whose} runs no Python now", "dim"),), width)]
        head = (Span(f" {whose}, the innermost call first", "head"),)
        return [cropped(head, width), *_call_lines(thread.calls, width)]


def _call_lines(calls: tuple[StackFrame, ...], width: int) -> list[Line]:
    """Functions and places side by side; a function is cut before a path is."""
    functions = [f"{call.function}()" for call in calls]
    longest_place = max(width_of_text(call.place) for call in calls)
    room = max(_LEAST_FUNCTION, width - 4 - longest_place)
    size = min(room, max(map(width_of_text, functions)))
    lines: list[Line] = []
    for call, function in zip(calls, functions, strict=True):
        named = fitted(function, size, "left", keep="end")
        place = cut(call.place, width - 4 - size, keep="end")
        lines.append((Span(f"  {named}  {place}", "accent" if is_yours(call.file) else ""),))
    return lines


def _sheet(rows: tuple[PythonThread, ...]) -> Sheet:
    lines = [cells(thread) for thread in rows]
    texts = {column.key: [line[i].text for line in lines] for i, column in enumerate(COLUMNS)}
    return Sheet(
        keys=[thread.id for thread in rows],
        values={
            **texts,
            "id": [thread.native_id or 0 for thread in rows],
            "age": [thread.age or 0.0 for thread in rows],
        },
        cells=lambda wanted: [lines[row] for row in wanted],
        search=[" ".join(parts) for parts in zip(*(texts[key] for key in _SEARCHED), strict=True)],
    )
