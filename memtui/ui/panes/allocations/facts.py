"""The lines over the rows of allocations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memtui.present.allocations import place
from memtui.present.spans import Line, Span, cropped
from memtui.present.text import counted, size_text
from memtui.present.words import NOT_OURS, UNKNOWN_BEFORE
from memtui.ui.widgets.paint.painted import SpanLines
from memtui.ui.widgets.paint.roomy import Fact, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memtui.model.allocations import Frame
    from memtui.verbs.allocations import Tracing

_BAR = 10


class TracingFacts(SpanLines):
    """The state of tracing, notes about it, and the source of the chosen row."""

    def __init__(self) -> None:
        super().__init__()
        self._tracing: Tracing | None = None
        self._news = ""
        self._frames: Sequence[Frame] = ()
        self._source: str | None = None

    def show(
        self, tracing: Tracing | None, news: str, frames: Sequence[Frame], source: str | None
    ) -> None:
        """Show these; ``source`` is the line of the innermost of ``frames``."""
        self._tracing, self._news, self._frames, self._source = tracing, news, frames, source
        self.repaint_changes()

    def lines(self, width: int) -> list[Line]:
        """What is known, in words; the last line is visible only if rows are tracebacks."""
        tracing = self._tracing
        if tracing is None:
            standing: Line = (Span(" not traced yet", "dim"),)
        else:
            standing = (Span(" "), *joined(_standing(tracing), width - 1, Span("  ")))
        rest = (self._known(), self._row(), _callers(self._frames))
        return [standing, *(cropped(line, width) for line in rest)]

    def _known(self) -> Line:
        if self._news:
            return (Span(f" {self._news}", "warn"),)
        if self._tracing is None:
            return ()
        if not self._tracing.on:
            return (Span(" tracing is off; the rows are of its last snapshots", "dim"),)
        if not self._tracing.ours:
            return (Span(f" {NOT_OURS}", "warn"),)
        return (Span(f" {UNKNOWN_BEFORE}", "dim"),)

    def _row(self) -> Line:
        if not self._frames:
            return ()
        spans = [Span(f" {place(self._frames[0])} ", "accent")]
        if self._source:
            spans.append(Span(f" {self._source}"))
        return tuple(spans)


def _standing(tracing: Tracing) -> list[Fact]:
    """The state of tracing: its cost against its budget is shown at any width."""
    if not tracing.on:
        # It costs and counts nothing now; the earlier figures are in the rows.
        return [Fact(100, ((Span("stopped", "dim"),),))]
    frames = Span(f" {counted(tracing.depth, 'frame')}")
    overhead: Line = (Span("overhead ", "dim"), Span(size_text(tracing.overhead_bytes)))
    bar: Line = ()
    if tracing.budget_bytes:
        share = min(1.0, tracing.overhead_bytes / tracing.budget_bytes)
        filled = round(share * _BAR)
        overhead = (*overhead, Span(f" of {size_text(tracing.budget_bytes)}"))
        bar = (
            Span("━" * filled, "warn" if share > 0.5 else "accent"),
            Span("━" * (_BAR - filled), "dim"),
        )
    traced = (Span("traced ", "dim"), Span(size_text(tracing.traced_bytes)))
    peak = (Span("peak ", "dim"), Span(size_text(tracing.peak_bytes)))
    return [
        Fact(90, ((Span("tracing", "accent"), frames), (Span("tracing", "accent"),))),
        Fact(100, (overhead,)),
        Fact(10, (bar, ())),
        Fact(40, (traced, ())),
        Fact(30, (peak, ())),
    ]


def _callers(frames: Sequence[Frame]) -> Line:
    """The callers, the nearest first; a file is named where it differs from the one before."""
    spans = []
    before = frames[0].file if frames else ""
    for frame in frames[1:]:
        name = "" if frame.file == before else frame.file.rpartition("/")[2]
        spans.append(Span(f" ← {name}:{frame.line}", "dim"))
        before = frame.file
    return tuple(spans)
