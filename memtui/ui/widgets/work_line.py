"""The line that tells what is being worked on, how far it is, and how to stop it."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from memtui.model.text import count_text
from memtui.ui.widgets.painted import SpanLines
from memtui.ui.widgets.spans import Line, Span, spread

if TYPE_CHECKING:
    from textual.timer import Timer

_BAR = 16


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one request is; ``total`` 0 where that is not known."""

    phase: str
    done: int
    total: int


class WorkLine(SpanLines):
    """Shown while a request runs; it repaints twice a second so that one sees time pass."""

    def __init__(self) -> None:
        super().__init__()
        self._title = ""
        self._since = 0.0
        self._progress: Progress | None = None
        self._timer: Timer | None = None

    def on_mount(self) -> None:
        """Hidden while there is nothing to do."""
        self.display = False
        self._timer = self.set_interval(0.5, self.repaint_changes, pause=True)

    @property
    def title(self) -> str:
        """What is being done, "" for nothing."""
        return self._title

    def start(self, title: str) -> None:
        """Show that ``title`` is being done."""
        self._title, self._since, self._progress = title, monotonic(), None
        self.display = True
        if self._timer is not None:
            self._timer.resume()
        self.repaint_changes()

    def advance(self, progress: Progress) -> None:
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
        seconds = f"{monotonic() - self._since:.0f} s"
        spans = [Span(" ⋯ ", "accent"), Span(self._title, "here")]
        progress = self._progress
        if progress is not None:
            spans.append(Span(f"  {progress.phase} "))
            if progress.total > 0:
                filled = min(_BAR, progress.done * _BAR // progress.total)
                spans.append(Span("━" * filled, "accent"))
                spans.append(Span("━" * (_BAR - filled), "dim"))
                of = f"{count_text(progress.done)} of {count_text(progress.total)}"
                spans.append(Span(f" {of}"))
        spans.append(Span(f"  {seconds}", "dim"))
        return [spread(tuple(spans), (Span("escape", "accent"), Span(" cancels ")), width)]
