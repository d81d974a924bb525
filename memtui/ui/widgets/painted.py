"""Widgets that paint lines of spans, and repaint only the cells that changed."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, ClassVar, Self, TypeAlias

from rich.segment import Segment
from textual.cache import LRUCache
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from memtui.ui.widgets.spans import Line, Span, changed, cropped, width_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.style import Style
    from textual import events

TONES = (
    *("dim", "grow", "shrink", "warn", "accent", "head", "good", "tab", "here", "cursor"),
    *("asleep", "button", "off"),
)
"""Every tone there is; ``painted.tcss`` gives each a look."""

_STRIPS = 160
"""How many strips a widget keeps: two screens of lines.  Each is a dozen objects that the collector
has to go through, and figures that changed do not come back."""

Row: TypeAlias = tuple[Line, str]
"""A line and the tone it is lit in as a whole."""


class Painted(Widget):
    """A widget whose lines are spans.  Strips are kept by what they show, not by where."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"painted--{tone}" for tone in TONES}
    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._styles_of_tones: dict[tuple[str, str], Style] = {}
        self._strips: LRUCache[tuple[Line, str, int], Strip] = LRUCache(_STRIPS)
        self._shown: dict[int, Row] = {}
        self._ahead: dict[int, Row] = {}

    def rows_at(self, ys: Iterable[int], width: int) -> list[Row]:
        """What stands on these lines of the widget, which is ``width`` cells wide.

        Each is a line and the tone it is lit in as a whole, "" for none.
        """
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """Line ``y`` with colours, from the cache if these spans were painted before."""
        width = self.size.width
        row = self._ahead.pop(y) if y in self._ahead else self.rows_at((y,), width)[0]
        line, lit = self._shown[y] = row
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
        self.lines_outdated()
        width, height = self.size
        for y, new in enumerate(self.rows_at(range(height), width)):
            old = self._shown.get(y)
            self._ahead[y] = new
            if old is None or old[1] != new[1]:
                regions.append(Region(0, y, width, 1))
            elif (cells := changed(old[0], new[0])) is not None:
                regions.append(Region(cells[0], y, max(1, cells[1] - cells[0]), 1))
        if regions:
            self.refresh(*regions)

    def lines_outdated(self) -> None:
        """What was made but not painted yet may be wrong by now."""
        self._ahead.clear()

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """Paint again; without regions nothing that was made before is used."""
        if not regions:
            self.lines_outdated()
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

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
        if blank:
            line = (*line, Span(" " * blank))
        # Neighbours of one tone are one segment: fewer to paint, fewer escape codes to send.
        segments = [
            Segment("".join(span.text for span in spans), self._style(tone, lit))
            for tone, spans in groupby(line, attrgetter("tone"))
        ]
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

    _lines: tuple[int, list[Line]] | None = None

    def lines(self, width: int) -> list[Line]:
        """All lines of the widget for ``width`` cells."""
        raise NotImplementedError

    def rows_at(self, ys: Iterable[int], width: int) -> list[Row]:
        """Some of :meth:`lines`, blank past the last."""
        if self._lines is None or self._lines[0] != width:
            self._lines = (width, self.lines(width))
        lines = self._lines[1]
        return [(lines[y] if y < len(lines) else (), "") for y in ys]

    def lines_outdated(self) -> None:
        """Ask for them again."""
        super().lines_outdated()
        self._lines = None
