"""Widgets that paint lines of spans, and repaint only the cells that changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.cache import LRUCache
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from memtui.ui.widgets.spans import Line, Span, changed, cropped, width_of

if TYPE_CHECKING:
    from rich.style import Style
    from textual import events

TONES = (
    *("dim", "grow", "shrink", "warn", "accent", "head", "good", "tab", "here", "cursor"),
    *("asleep", "button", "off"),
)
"""Every tone there is; ``painted.tcss`` gives each a look."""


class Painted(Widget):
    """A widget whose lines are spans.  Strips are kept by what they show, not by where."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"painted--{tone}" for tone in TONES}
    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._styles_of_tones: dict[tuple[str, str], Style] = {}
        self._strips: LRUCache[tuple[Line, str, int], Strip] = LRUCache(1024)
        self._shown: dict[int, tuple[Line, str]] = {}

    def line_at(self, y: int) -> tuple[Line, str]:
        """What stands on line ``y`` of the widget, and the tone the whole line is lit in ("" for none)."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """Line ``y`` with colours, from the cache if these spans were painted before."""
        line, lit = self._shown[y] = self.line_at(y)
        width = self.size.width
        strip = self._strips.get((line, lit, width))
        if strip is None:
            strip = self._strips[line, lit, width] = self._strip(line, lit, width)
        return strip

    def repaint_changes(self) -> None:
        """Ask for a repaint of the cells that would look different now, and of no others."""
        if not self._shown or not self.is_on_screen:
            self.refresh()
            return
        regions = []
        for y in range(self.size.height):
            new, old = self.line_at(y), self._shown.get(y)
            if old is None or old[1] != new[1]:
                regions.append(Region(0, y, self.size.width, 1))
            elif (cells := changed(old[0], new[0])) is not None:
                regions.append(Region(cells[0], y, max(1, cells[1] - cells[0]), 1))
        if regions:
            self.refresh(*regions)

    def notify_style_update(self) -> None:
        """The theme or a class changed: nothing painted so far holds."""
        super().notify_style_update()
        self._styles_of_tones.clear()
        self._strips.clear()
        self._shown.clear()

    def on_resize(self, _event: events.Resize) -> None:
        """Other widths, other lines."""
        self._shown.clear()
        self.refresh()

    def _strip(self, line: Line, lit: str, width: int) -> Strip:
        line = cropped(line, width)
        blank = width - width_of(line)
        segments = [Segment(span.text, self._style(span.tone, lit)) for span in line if span.text]
        if blank:
            segments.append(Segment(" " * blank, self._style("", lit)))
        return Strip(segments, width)

    def _style(self, tone: str, lit: str) -> Style:
        style = self._styles_of_tones.get((tone, lit))
        if style is None:
            style = self.rich_style
            if tone:
                style += self.get_component_rich_style(f"painted--{tone}")
            if lit:
                style += self.get_component_rich_style(f"painted--{lit}")
            self._styles_of_tones[tone, lit] = style
        return style


class SpanLines(Painted):
    """A widget of a few lines that it makes anew from what it knows whenever it is asked."""

    def lines(self, width: int) -> list[Line]:
        """All lines of the widget for ``width`` cells."""
        raise NotImplementedError

    def line_at(self, y: int) -> tuple[Line, str]:
        """One of :meth:`lines`, blank past the last."""
        lines = self.lines(self.size.width)
        return (lines[y] if y < len(lines) else (Span(""),)), ""
