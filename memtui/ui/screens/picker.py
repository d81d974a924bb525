"""The picker: the Python processes of this host, and whether each can be attached to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input

from memtui.model.errors import MemtuiError
from memtui.model.process import command_text
from memtui.present.processes import COLUMNS, as_tree, cells, refusal_text
from memtui.present.spans import Line, Span, cropped
from memtui.present.text import count_text, counted
from memtui.present.words import no_match_text
from memtui.ui.widgets.frame.key_line import KeyLine
from memtui.ui.widgets.frame.title_bar import TitleBar
from memtui.ui.widgets.paint.line_view import LineView
from memtui.ui.widgets.paint.painted import SpanLines
from memtui.ui.widgets.table.filter import NameFilter
from memtui.ui.widgets.table.sheet import Sheet
from memtui.ui.widgets.table.table import SheetTable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from typing import Any

    from textual.app import ComposeResult

    from memtui.model.process import Candidate, Process

REFRESH_S = 3.0
"""How often the processes are listed again, in seconds."""


class PickerFilter(Input):
    """The user can type at once; enter does not end the filter but picks."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            *("enter", "screen.attach", "Attach"), tooltip="Attach to the process under the cursor"
        ),
        # On the screen they would work as well, but hidden behind the bindings of every input.
        Binding("up", "screen.move(-1)", "Up", show=False, tooltip="One line up"),
        Binding("down", "screen.move(1)", "Down", show=False, tooltip="One line down"),
        Binding("pageup", "screen.page(-1)", "Page up", show=False, tooltip="One screen up"),
        Binding("pagedown", "screen.page(1)", "Page down", show=False, tooltip="One screen down"),
    ]


class PickerScreen(Screen[int]):
    """Its result is the PID that was picked, None to leave."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "sort", "Sort", tooltip="Sort by the next column"),
        Binding("f5,ctrl+r", "refresh", "Refresh", tooltip="List the processes anew now"),
        Binding("escape", "back", "Clear, quit", tooltip="Clear the filter; if it is empty, quit"),
    ]

    def __init__(
        self,
        candidates: Callable[[], Awaitable[list[Candidate]]],
        question: str = "which Python process?",
    ) -> None:
        super().__init__()
        self._list = candidates
        self._question = question
        self._by_pid: dict[int, Candidate] = {}
        self.title_bar = TitleBar()
        self.filter = PickerFilter(placeholder="type to filter", compact=True, id="picker-filter")
        self.table = SheetTable(COLUMNS, sort="rss")
        self.detail = Detail()

    def compose(self) -> ComposeResult:
        """Title, filter, table, a detail of what is under the cursor, keys."""
        yield self.title_bar
        yield self.filter
        yield self.table
        yield self.detail
        yield KeyLine()

    def on_mount(self) -> None:
        """List, and list again."""
        self.table.can_focus = False
        self.table.always_lit = True
        self.title_bar.title = (Span("memtui"), Span(f" · {self._question}", "dim"))
        self.table.empty_text = "Looking for Python processes …"
        self.filter.focus()
        self.action_refresh()
        self.set_interval(REFRESH_S, self.action_refresh)

    # --- the list -----------------------------------------------------------------------------

    def action_refresh(self) -> None:
        """List the processes, unless a listing is already under way."""
        if not any(worker.group == "list" and worker.is_running for worker in self.workers):
            self.run_worker(self._refresh(), name="list", group="list")

    async def _refresh(self) -> None:
        try:
            candidates = await self._list()
        except MemtuiError as error:
            self.notify(f"{error}\n{error.hint}", severity="error", markup=False)
            return
        self.show(candidates)

    def show(self, candidates: Sequence[Candidate]) -> None:
        """Show these; the cursor stays on its process."""
        self._by_pid = {candidate.process.pid: candidate for candidate in candidates}
        self._draw()

    @on(SheetTable.SortChanged)
    def _draw(self) -> None:
        """Show the processes that pass the filter as a tree, its branches in the order of the table."""
        table, every = self.table, list(self._by_pid.values())
        pattern = NameFilter(table.filter_text)
        passing = pattern.passing([_search_text(candidate) for candidate in every])
        found = [each for each, passes in zip(every, passing, strict=True) if passes]
        key = _ORDERS[table.sorted_by or "rss"]
        tree = as_tree(sorted(found, key=key, reverse=table.descending))
        table.empty_text = self._why_empty()
        table.sheet = Sheet(
            keys=[candidate.process.pid for candidate, _ in tree],
            cells=lambda rows: [_cells(*tree[row]) for row in rows],
            search=[_search_text(candidate) for candidate, _ in tree],
        )
        self._tell()

    def _why_empty(self) -> str:
        if self.table.filter_text:
            return no_match_text("process", self.table.filter_text)
        return (
            "There is no Python process that can be seen from here.\nRoot sees those of all users."
        )

    def _tell(self) -> None:
        total, shown = len(self._by_pid), self.table.line_total()
        of = f"{count_text(shown)} of " if shown != total else ""
        self.title_bar.note = (Span(f"{of}{counted(total, 'process', 'processes')}", "dim"),)
        self.title_bar.repaint_changes()
        self.detail.show(self._chosen())

    def _chosen(self) -> Candidate | None:
        pid = self.table.cursor_key
        return self._by_pid.get(pid) if isinstance(pid, int) else None

    # --- what the user does -------------------------------------------------------------------

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self.table.filter_text = event.value
        self._draw()
        self.table.show_cursor()
        self.table.repaint_changes()

    @on(LineView.Moved)
    def _moved(self) -> None:
        self.detail.show(self._chosen())

    @on(SheetTable.Opened)
    def action_attach(self) -> None:
        """Pick the process under the cursor, if it can be attached to."""
        candidate = self._chosen()
        if candidate is None:
            return
        if candidate.attachable:
            self.dismiss(candidate.process.pid)
        else:
            self.notify(
                f"{refusal_text(candidate)}\n{candidate.hint or ''}",
                title=f"Process {candidate.process.pid}",
                severity="warning",
                markup=False,
            )

    def action_move(self, lines: int) -> None:
        """Move the cursor by lines."""
        self.table.action_move(lines)

    def action_page(self, screens: int) -> None:
        """Move the cursor by screens."""
        self.table.action_page(screens)

    def action_sort(self) -> None:
        """Sort by the next column."""
        self.table.action_sort()

    def action_back(self) -> None:
        """Clear the filter, or leave."""
        if self.filter.value:
            self.filter.value = ""
        else:
            self.dismiss(None)


class Detail(SpanLines):
    """The whole command of one process, and how it is attached to or why not."""

    def __init__(self) -> None:
        super().__init__()
        self._candidate: Candidate | None = None

    def show(self, candidate: Candidate | None) -> None:
        """Show this one."""
        self._candidate = candidate
        self.repaint_changes()

    def lines(self, width: int) -> list[Line]:
        """Two lines."""
        candidate = self._candidate
        if candidate is None:
            return [(), ()]
        command = (Span(f" {candidate.process.command or candidate.process.name}"),)
        if candidate.attachable:
            how: Line = (Span(f" can be attached to by {candidate.method}", "good"),)
        else:
            how = (Span(f" {refusal_text(candidate)}", "warn"), Span(f"  {candidate.hint or ''}"))
        return [cropped(command, width), cropped(how, width)]


_PYTHON = re.compile(r"(.*/)?python[\d.]*t?")


def _in_short(process: Process) -> str:
    """What is run, without the interpreter and without directories: the detail shows all of it."""
    words = process.argv
    if len(words) > 1 and _PYTHON.fullmatch(words[0]):
        words = words[1:]
    short = (word.rpartition("/")[2] if word.startswith("/") else word for word in words)
    return command_text(short).strip() or process.name


#: What each column is sorted by.
_ORDERS: Mapping[str, Callable[[Candidate], Any]] = {
    "pid": lambda each: each.process.pid,
    "user": lambda each: each.process.user or "",
    "rss": lambda each: each.process.rss_bytes or 0,
    "age": lambda each: each.process.uptime_s or 0.0,
    "python": lambda each: each.process.python or "",
    "method": lambda each: each.method or "~",
    "command": lambda each: _in_short(each.process),
}


def _cells(candidate: Candidate, lines: str) -> Line:
    return cells(candidate, _in_short(candidate.process), lines)


def _search_text(candidate: Candidate) -> str:
    process = candidate.process
    return f"{process.pid} {process.user or ''} {process.name} {process.cmdline}"
