"""Watch: the calls of one function, with arguments, results, errors and times."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from memtui.model.expression import WATCH_NAMES, ExpressionError, Tree, parse
from memtui.present.spans import Line, Span
from memtui.present.text import count_text, counted
from memtui.ui.panes.pane import Pane
from memtui.ui.panes.watch.form import WatchForm
from memtui.ui.panes.watch.tree import CallTree
from memtui.ui.widgets.tree.branches import Branch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from memtui.model.errors import MemtuiError
    from memtui.verbs.watch import StartedWatch
    from memtui.verbs.watched import Calls


ROOMY = 16
"""With at least this many lines, the form stays visible above the calls."""


class WatchPane(Pane):
    """What to watch, and the calls as they come."""

    NAME = "Watch"
    ABOUT = (
        "Calls of one function or method, as they happen: e, then type it as module:function or "
        "module:Class.method, and press enter. Conditions and what to show are written with args, "
        "kwargs (every parameter by its name), target (self or cls), return_obj, error and cost_ms, "
        ".attribute, [index], len(), type(), comparisons, and, or, not; nothing is run as code. From "
        "Python 3.12 on the interpreter itself reports the calls; before that the function "
        "gets other code while it is watched. Calls that come faster than some 200 a second are counted and "
        "dropped. t stops and the function is as before."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "edit", "Target", tooltip="Type what to watch"),
        Binding("t", "start_stop", "Start/stop", tooltip="Watch it, or stop watching"),
        Binding("f", "failures", "Failures", tooltip="Only calls that raise, or all"),
        Binding("delete", "empty", "Empty", show=False, tooltip="Take away the calls shown"),
    ]

    class WatchStarted(Message):
        """The user wants a function watched; the texts of the form are parsed into trees."""

        def __init__(
            self, target: str, condition: Tree | None, expr: Tree | None, *, errors_only: bool
        ) -> None:
            super().__init__()
            self.target = target
            self.condition = condition
            self.expr = expr
            self.errors_only = errors_only

    class WatchStopped(Message):
        """The user wants the watch to end."""

    running: reactive[bool] = reactive(False, repaint=False)
    """Whether a function is watched."""

    def __init__(self) -> None:
        super().__init__()
        self.form = WatchForm()
        self.calls = CallTree()
        self.errors_only = False
        self._watching: StartedWatch | None = None
        self._last: Calls | None = None
        self._value_name = ""
        self._editing = False

    def body(self) -> ComposeResult:
        """The form over the calls."""
        yield self.form
        yield self.calls

    def keyboard(self) -> CallTree:
        """The calls take the keys."""
        return self.calls

    def on_mount(self) -> None:
        """Say how one begins."""
        super().on_mount()
        self._explain()

    # --- what it shows ------------------------------------------------------------------------

    def begin(self, watching: StartedWatch) -> None:
        """A watch has begun."""
        self._watching, self._last = watching, None
        self.calls.clear()
        self._explain()
        self.retitle()

    def take(self, calls: Calls) -> None:
        """Calls have come, and counts."""
        self._last = calls
        if calls.calls:
            self.calls.add(calls.calls, self._value_name)
        self._explain()
        self.retitle()

    def refuse(self, error: MemtuiError) -> None:
        """The target cannot be watched (any more): show the error at its field."""
        why = error.why or str(error)
        self._point_at("target", 0, f"{why}; {error.hint}" if error.hint else why)

    def watch_running(self) -> None:
        """Start and stop."""
        if self.is_attached:
            self._make_room()
            self._explain()
            self.retitle()
            self.refresh_bindings()

    def on_resize(self) -> None:
        """There may be room for the form now, or none."""
        self._make_room()

    def _make_room(self) -> None:
        """On a low screen the calls take the lines of the form while a watch runs."""
        crowded = self.running and self.size.height < ROOMY
        self.form.display = self._editing or not crowded

    def _edit(self, *, editing: bool) -> None:
        self._editing = editing
        self._make_room()
        if not editing:
            self.calls.focus()

    def _point_at(self, name: str, column: int, why: str) -> None:
        self._edit(editing=True)
        self.form.point_at(name, column, why)

    def _explain(self) -> None:
        if not self.running:
            words = "e: type a function or method to watch, enter begins."
        elif self._last is not None and self._last.seen:
            words = _none_text(self._last.seen, self._last.running)
        else:
            words = "Watching. No call was seen yet."
        notes = self._watching.notes if self._watching is not None and self.running else ()
        self.calls.empty_text = "\n".join((words, *notes))
        self.calls.repaint_changes()

    def title(self) -> Line:
        """What is watched, and how."""
        watching = self._watching
        if watching is None:
            return (Span("Watch"),)
        how = f" {watching.flavour}, by {watching.method}" if self.running else " stopped"
        only = " only failures" if self.errors_only else ""
        return (Span("Watch "), Span(watching.target, "accent"), Span(how + only, "dim"))

    def note(self) -> Line:
        """What became of the calls."""
        last = self._last
        if last is None:
            return ()
        words = f"seen {count_text(last.seen)}  matched {count_text(last.matched)}"
        running = (Span(f"  running {count_text(last.running)}", "here"),) if last.running else ()
        return (Span(words, "dim"), *running)

    def warning(self) -> Sequence[Line]:
        """Calls that are missing from the rows."""
        last = self._last
        if last is None:
            return ()
        parts = [f"dropped {count_text(last.dropped)}"] if last.dropped else []
        if last.undecided:
            parts.append(f"undecided {count_text(last.undecided)}")
        if not parts:
            return ()
        short = "  ".join(parts)
        forms = [f"{short}: {last.problem}", short] if last.undecided else [short]
        return [(Span(form, "warn"),) for form in forms]

    def copy_choice(self) -> tuple[str, str] | None:
        """The preview of what the cursor is on; of a call, its error."""
        row = self.calls.cursor_row
        if isinstance(row, Branch) and row.parent is not None:
            return (row.node.preview, "value")
        call = self.calls.call_at_cursor()
        return None if call is None or call.error is None else (call.error, "error")

    # --- what the user does -------------------------------------------------------------------

    @on(WatchForm.Submitted)
    def _submitted(self, event: WatchForm.Submitted) -> None:
        event.stop()
        self._start(**event.texts)

    @on(WatchForm.FormLeft)
    def _form_left(self, event: WatchForm.FormLeft) -> None:
        event.stop()
        self._edit(editing=False)

    def _start(self, target: str, condition: str, expr: str) -> None:
        if ":" not in target:
            self._point_at("target", len(target), "module:function or module:Class.method")
            return
        trees: dict[str, Tree | None] = {}
        for name, text in (("condition", condition), ("expr", expr)):
            try:
                trees[name] = parse(text, WATCH_NAMES) if text else None
            except ExpressionError as error:
                self._point_at(name, error.column, error.reason)
                return
        self._value_name = expr
        self._edit(editing=False)
        self.post_message(self.WatchStarted(target, **trees, errors_only=self.errors_only))

    def action_edit(self) -> None:
        """Type what to watch."""
        self._edit(editing=True)
        self.form.open()

    def action_start_stop(self) -> None:
        """Stop, or watch what is typed."""
        if self.running:
            self.post_message(self.WatchStopped())
        else:
            self._start(**self.form.texts)

    def action_failures(self) -> None:
        """Only calls that raise, or all; a running watch is restarted."""
        self.errors_only = not self.errors_only
        if self.running:
            self._start(**self.form.texts)
        self.retitle()

    def action_empty(self) -> None:
        """Take away the calls shown."""
        self.calls.clear()

    def can_go_back(self) -> bool:
        """A watch can be stopped."""
        return self.running

    def go_back(self) -> None:
        """Stop it."""
        self.post_message(self.WatchStopped())


def _none_text(seen: int, running: int) -> str:
    """Why no call is shown, though calls were seen."""
    words = f"{counted(seen, 'call')} seen, "
    if not running:
        return words + "none of them matched."
    goes_on = f"{count_text(running)} still running: a call is shown when it ends."
    return words + (f"none that has ended matched, {goes_on}" if seen > running else goes_on)
