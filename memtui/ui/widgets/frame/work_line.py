"""The line that shows which request runs, how far it is, and how to stop it."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from memtui.present.spans import Line, Span, spread, width_of
from memtui.present.text import count_text
from memtui.ui.widgets.paint.painted import SpanLines
from memtui.ui.widgets.paint.roomy import Fact, joined

if TYPE_CHECKING:
    from textual.timer import Timer

_BAR = 16


@dataclass(frozen=True, slots=True)
class WorkProgress:
    """How far one request is; ``total`` 0 where that is not known."""

    phase: str
    done: int
    total: int


class WorkLine(SpanLines):
    """Shown while a request runs; it repaints twice a second to show that time passes."""

    def __init__(self) -> None:
        super().__init__()
        self._title = ""
        self._way_out = ""
        self._since = 0.0
        self._progress: WorkProgress | None = None
        self._timer: Timer | None = None

    def on_mount(self) -> None:
        """Hidden while there is nothing to do."""
        self.display = False
        self._timer = self.set_interval(0.5, self.repaint_changes, pause=True)

    @property
    def title(self) -> str:
        """What is being done, "" for nothing."""
        return self._title

    def start(self, title: str, way_out: str = "cancels") -> None:
        """From now on ``title`` is being done, and escape ``way_out``; who shows the line decides when."""
        if title != self._title:
            self._title, self._since, self._progress = title, monotonic(), None
        self._way_out = way_out
        if self._timer is not None:
            self._timer.resume()
        self.repaint_changes()

    def advance(self, progress: WorkProgress) -> None:
        """Show how far it is."""
        self._progress = progress
        self.repaint_changes()

    def finish(self) -> None:
        """It is done, or was cancelled."""
        self._title = ""
        self.display = False
        if self._timer is not None:
            self._timer.pause()

    def lines(self, width: int) -> list[Line]:
        """Title, bar, figures, time; the way out at the right."""
        way_out = (Span("escape", "accent"), Span(f" {self._way_out} "))
        seconds = Span(f"{max(0.0, monotonic() - self._since):.0f} s", "dim")
        facts = [Fact(100, ((Span("⋯ ", "accent"), Span(self._title, "here")),))]
        if self._progress is not None:
            facts += _progress_facts(self._progress)
        facts.append(Fact(70, ((seconds,), ())))
        line = joined(facts, width - width_of(way_out) - 2, Span("  "))
        return [spread((Span(" "), *line), way_out, width)]


def _progress_facts(progress: WorkProgress) -> list[Fact]:
    if progress.total <= 0:
        return [Fact(30, ((Span(progress.phase),), ()))]
    filled = min(_BAR, progress.done * _BAR // progress.total)
    bar = (Span("━" * filled, "accent"), Span("━" * (_BAR - filled), "dim"))
    done, total = count_text(progress.done), count_text(progress.total)
    share = f"{progress.done / progress.total:.0%}"
    return [
        Fact(30, ((Span(progress.phase),), ())),
        Fact(60, (bar, ())),
        Fact(90, ((Span(f"{done} of {total}"),), (Span(share),))),
    ]
