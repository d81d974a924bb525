"""Widgets that paint lines of spans, and repaint only the lines that changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self, TypeAlias

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from memtui.present.spans import Line, Span, cropped, width_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.style import Style
    from textual import events

TONES = (
    *("dim", "grow", "shrink", "warn", "accent", "head", "good", "tab", "here", "cursor"),
    *("asleep", "button", "off", "bar", "thumb"),
)
"""Every tone there is; ``painted.tcss`` gives each a look."""

Row: TypeAlias = tuple[Line, str, Span | None]
"""A line, the tone it is lit in as a whole, and the last cell, which is not lit, if it has one."""


class PaintedStrip(Strip):
    """A line that is mostly not cut, because one widget takes the whole width.

    The base class would then keep each line of each tick in its own cache: a cycle, which only a
    collection ends.
    """

    __slots__ = ()

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """The pieces between ``cuts``, ascending cells."""
        cuts = list(cuts)
        return [self] if cuts[:1] == [self.cell_length] else super().divide(cuts)


class Painted(Widget):
    """A widget whose lines are spans.

    A line is made when something may have changed, and compared with the line that is shown.  It is
    painted only if they differ.  A Painted has no border, padding or opacity: see :meth:`render_lines`.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"painted--{tone}" for tone in TONES}
    ALLOW_SELECT: ClassVar[bool] = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._styles_of_tones: dict[tuple[str, str], Style] = {}
        self._shown: dict[int, Row] = {}
        self._strips: dict[int, Strip] = {}
        self._made_for = 0

    def rows_at(self, ys: Sequence[int], width: int) -> list[Row]:
        """These lines of the widget, which is ``width`` cells wide.

        The tone is "" for a line that is not lit.
        """
        raise NotImplementedError

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of ``crop`` with colours.

        The base class puts borders, padding and opacity around each line, and looks up
        a dozen styles to find that there are none.  In a tick that takes longer than all other work.
        """
        width = self.size.width
        if width != self._made_for:
            self._forget_lines()
            self._made_for = width
        ys = crop.line_range
        if missing := [y for y in ys if y not in self._shown]:
            self._shown.update(zip(missing, self.rows_at(missing, width), strict=True))
        strips = [self._strips.get(y) or self._painted(y, width) for y in ys]
        if crop.column_span != (0, width):
            strips = [strip.crop(crop.x, crop.right) for strip in strips]
        return strips

    def repaint_changes(self) -> None:
        """Ask for a repaint of the lines that would look different now, and only of those."""
        if not self.is_on_screen:
            # It is painted when it is shown; asking for that now would cost a layout of all widgets.
            self._forget_lines()
            return
        if not self._shown:
            self.refresh()
            return
        self.lines_outdated()
        width, height = self.size
        differing = []
        for y, row in enumerate(self.rows_at(range(height), width)):
            if row != self._shown.get(y):
                self._shown[y] = row
                self._strips.pop(y, None)
                differing.append(y)
        if differing:
            self.refresh(*(Region(0, y, width, height) for y, height in _runs(differing)))

    def lines_outdated(self) -> None:
        """Lines that are kept elsewhere may be wrong by now."""

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """Paint again; without regions nothing that was made before is used."""
        if not regions:
            self._forget_lines()
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        """The theme or a class changed: nothing painted so far holds."""
        super().notify_style_update()
        self._styles_of_tones.clear()
        self._forget_lines()

    def on_resize(self, _event: events.Resize) -> None:
        """Other widths, other lines."""
        self.refresh()

    def _forget_lines(self) -> None:
        self._shown.clear()
        self._strips.clear()
        self.lines_outdated()

    def _painted(self, y: int, width: int) -> Strip:
        line, lit, last = self._shown[y]
        room = width if last is None else width - 1
        blank = room - width_of(line)
        if blank < 0:
            line = cropped(line, room)
            blank = room - width_of(line)
        # Neighbours of one tone are one segment: fewer to paint, fewer escape codes to send.
        segments, text, tone = [], "", ""
        for more, its_tone in (*line, Span(" " * blank)):
            if its_tone != tone:
                if text:
                    segments.append(Segment(text, self._style(tone, lit)))
                text, tone = "", its_tone
            text += more
        if text:
            segments.append(Segment(text, self._style(tone, lit)))
        if last is not None:
            segments.append(Segment(last.text, self._style(last.tone, "")))
        strip = self._strips[y] = PaintedStrip(segments, width)
        return strip

    def _style(self, tone: str, lit: str) -> Style:
        style = self._styles_of_tones.get((tone, lit))
        if style is None:
            style = self.rich_style
            if tone:
                style += self.get_component_rich_style(f"painted--{tone}")
            if lit:
                style += self.get_component_rich_style(f"painted--{lit}")
            # What the terminal cannot show is replaced here, and not in each line of each tick.
            for line_filter in self.get_line_filters():
                [shown] = line_filter.apply([Segment("", style)], self.background_colors[1])
                style = style if shown.style is None else shown.style
            self._styles_of_tones[tone, lit] = style
        return style


class Covered(Widget):
    """A container that paints nothing: its children cover it, and the screen is behind them."""

    def render_lines(self, _crop: Region) -> list[Strip]:
        """None.  Else each of its lines would be made, cut and thrown away at every repaint."""
        return []


class SpanLines(Painted):
    """A widget of a few lines, which are all made again when one may have changed."""

    _lines: tuple[int, list[Line]] | None = None

    def lines(self, width: int) -> list[Line]:
        """All lines of the widget for ``width`` cells."""
        raise NotImplementedError

    def rows_at(self, ys: Sequence[int], width: int) -> list[Row]:
        """Some of :meth:`lines`, blank past the last."""
        if self._lines is None or self._lines[0] != width:
            self._lines = (width, self.lines(width))
        lines = self._lines[1]
        return [(lines[y] if y < len(lines) else (), "", None) for y in ys]

    def lines_outdated(self) -> None:
        """Ask for them again."""
        self._lines = None


def _runs(places: Iterable[int]) -> list[tuple[int, int]]:
    """Ascending ``places`` as beginnings and lengths of what follows each other."""
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and place == sum(runs[-1]):
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((place, 1))
    return runs
