"""Three lines over the rows of allocations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memtui.model.text import size_text
from memtui.ui.widgets.painted import SpanLines
from memtui.ui.widgets.spans import Line, Span, cropped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memtui.model.allocations import Frame, Tracing

_BAR = 10


class TracingFacts(SpanLines):
    """How tracing stands, what is to be known, and the source of the chosen row."""

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
        """What is known, in words."""
        tracing = self._tracing
        standing = (Span(" not traced yet", "dim"),) if tracing is None else _standing(tracing)
        return [cropped(line, width) for line in (standing, self._known(), self._row())]

    def _known(self) -> Line:
        if self._news:
            return (Span(f" {self._news}", "warn"),)
        if self._tracing is None:
            return ()
        if self._tracing.on and not self._tracing.ours:
            return (Span(" the application traces: its session is used and not stopped", "warn"),)
        return (Span(" what was allocated before tracing began is unknown", "dim"),)

    def _row(self) -> Line:
        if not self._frames:
            return ()
        spans = [Span(f" {place(self._frames[0])} ", "accent")]
        if self._source:
            spans.append(Span(f" {self._source}"))
        spans += [Span(f"  ← {place(frame)}", "dim") for frame in self._frames[1:]]
        return tuple(spans)


def _standing(tracing: Tracing) -> Line:
    spans = [Span(" tracing " if tracing.on else " stopped ", "accent" if tracing.on else "dim")]
    if tracing.on:
        spans.append(Span(f"{tracing.depth} frames  "))
    spans += [Span("overhead ", "dim"), Span(size_text(tracing.overhead_bytes))]
    if tracing.budget_bytes:
        share = min(1.0, tracing.overhead_bytes / tracing.budget_bytes)
        filled = round(share * _BAR)
        spans.append(Span(f" of {size_text(tracing.budget_bytes)} "))
        spans.append(Span("━" * filled, "warn" if share > 0.5 else "accent"))
        spans.append(Span("━" * (_BAR - filled), "dim"))
    spans += [Span("  traced ", "dim"), Span(size_text(tracing.traced_bytes))]
    spans += [Span("  peak ", "dim"), Span(size_text(tracing.peak_bytes))]
    return tuple(spans)


def place(frame: Frame) -> str:
    """A frame as it is written: ``file:line``."""
    return f"{frame.file}:{frame.line}" if frame.line else frame.file
