"""A scrolling view of any number of lines; only the visible ones are made."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView

from memtui.present.cells import cut
from memtui.present.spans import Line, Span
from memtui.ui.widgets.paint.painted import Painted, Row
from memtui.ui.widgets.paint.scroll_bar import Thumb, thumb_of, top_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual import events


class LineView(Painted, ScrollView, can_focus=True, inherit_bindings=False):
    """The base of tables and trees: a heading that stays, lines that scroll, a cursor line.

    A subclass says how many lines there are (:meth:`line_total`), what is on one
    (:meth:`spans_of`, or :meth:`spans_at`) and what is above them (:meth:`heading`), and calls :meth:`lines_changed`
    when any of that changed.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, tooltip="One line up"),
        Binding("down,j", "move(1)", "Down", show=False, tooltip="One line down"),
        Binding("pageup", "page(-1)", "Page up", show=False, tooltip="One screen up"),
        Binding("pagedown", "page(1)", "Page down", show=False, tooltip="One screen down"),
        Binding("home", "top", "First", show=False, tooltip="To the first line"),
        Binding("end", "bottom", "Last", show=False, tooltip="To the last line"),
        Binding("enter", "open", "Open", tooltip="Open what the cursor is on"),
    ]

    class Moved(Message):
        """The cursor came to another line, by key or mouse."""

        def __init__(self, view: LineView) -> None:
            super().__init__()
            self.view = view

        @property
        def control(self) -> LineView:
            """The view, for ``@on`` with a selector."""
            return self.view

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self.cursor = 0
        self.empty_text = ""
        self.always_lit = False
        self._grabbed: int | None = None

    # --- what a subclass says -----------------------------------------------------------------

    def line_total(self) -> int:
        """How many lines there are to scroll through."""
        raise NotImplementedError

    def spans_of(self, line: int, width: int) -> Line:
        """What is on line ``line``."""
        raise NotImplementedError

    def spans_at(self, lines: Sequence[int], width: int) -> Iterable[Line]:
        """What is on each of ``lines``, which are in view."""
        return [self.spans_of(line, width) for line in lines]

    def heading(self, _width: int) -> Line | None:
        """The heading above the lines, which does not scroll; None without one."""
        return None

    def cursor_moved(self) -> None:
        """The user moved the cursor: remember what it is on."""

    def action_open(self) -> None:
        """Open what the cursor is on."""

    # --- painting -----------------------------------------------------------------------------

    @property
    def heading_height(self) -> int:
        """How many lines the heading takes: none or one."""
        return 0 if self.heading(self.size.width) is None else 1

    @property
    def room(self) -> int:
        """How many lines are visible at once."""
        return max(1, self.size.height - self.heading_height)

    def rows_at(self, ys: Sequence[int], width: int) -> list[Row]:
        """The heading, lines at their places, or the text that says why there are no lines."""
        above, total, top = self.heading_height, self.line_total(), self.scroll_offset.y
        lit = "cursor" if self.has_focus or self.always_lit else "asleep"
        at = top - above
        made = iter(self.spans_at([y + at for y in ys if above <= y < total - at], width))
        thumb, cursor = self._thumb, self.cursor - at
        rows: list[Row] = []
        for y in ys:
            line: Line = ()
            if y < above:
                line = self.heading(width) or ()
            elif y < total - at:
                line = next(made)
            elif not total:
                line = self._empty_line(y - above, width)
            rows.append((line, lit if above <= y == cursor and total else "", thumb.at(y)))
        return rows

    def lines_changed(self) -> None:
        """Lines came, went or changed: repaint what differs."""
        size = Size(self.size.width, self.line_total() + self.heading_height)
        if size != self.virtual_size:
            # Assigning the reactive would lay out the whole screen, and nothing there depends on it.
            self.set_reactive(ScrollView.virtual_size, size)
            if self.scroll_offset.y > self.max_scroll_y:
                self.scroll_to(y=self.max_scroll_y, animate=False, immediate=True)
        self.cursor = max(0, min(self.cursor, self.line_total() - 1))
        self.repaint_changes()

    def on_resize(self, event: events.Resize) -> None:
        """The heading and the lines depend on the width."""
        super().on_resize(event)
        self.lines_changed()
        self.show_cursor()

    def on_focus(self) -> None:
        """The cursor lights up."""
        self.repaint_changes()

    def on_blur(self) -> None:
        """The cursor goes dim."""
        self.repaint_changes()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Only the lines scroll; the base class would repaint the heading too."""
        if round(old_value) != round(new_value):
            self.repaint_changes()

    def _empty_line(self, y: int, width: int) -> Line:
        room = max(8, width - 4)
        words = [part for line in self.empty_text.splitlines() for part in wrap(line, room)]
        place = y - 1
        return (Span("  " + cut(words[place], room), "dim"),) if 0 <= place < len(words) else ()

    # --- the cursor ---------------------------------------------------------------------------

    def move_to(self, line: int) -> None:
        """Put the cursor on ``line`` as the user's own choice, and show it."""
        line = max(0, min(line, self.line_total() - 1))
        moved = line != self.cursor
        self.cursor = line
        self.cursor_moved()
        self.show_cursor()
        self.repaint_changes()
        if moved:
            self.post_message(self.Moved(self))

    def show_cursor(self) -> None:
        """Scroll by as little as it takes to see the cursor."""
        top = self.scroll_offset.y
        if self.cursor < top:
            top = self.cursor
        elif self.cursor >= top + self.room:
            top = self.cursor - self.room + 1
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, immediate=True)

    def cursor_visible(self) -> bool:
        """Whether the cursor's line is on screen now."""
        return self.scroll_offset.y <= self.cursor < self.scroll_offset.y + self.room

    def action_move(self, lines: int) -> None:
        """Move the cursor by lines."""
        self.move_to(self.cursor + lines)

    def action_page(self, screens: int) -> None:
        """Move the cursor by screens."""
        self.move_to(self.cursor + screens * max(1, self.room - 1))

    def action_top(self) -> None:
        """Move the cursor to the first line."""
        self.move_to(0)

    def action_bottom(self) -> None:
        """Move the cursor to the last line."""
        self.move_to(self.line_total() - 1)

    # --- the mouse ----------------------------------------------------------------------------

    @property
    def allow_vertical_scroll(self) -> bool:
        """Always; the base class would check for its own scrollbar."""
        return True

    @property
    def _thumb(self) -> Thumb:
        return thumb_of(self.scroll_offset.y, self.size.height, self.virtual_size.height)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take hold of the scrollbar's thumb; beside it, scroll by a screen."""
        if event.button != 1 or event.x != self.size.width - 1:
            return
        thumb, at = self._thumb, 8 * event.y + 4
        if thumb.begin <= at < thumb.end:
            self._grabbed = at - thumb.begin
            self.capture_mouse()
        elif at < thumb.begin:
            self.scroll_page_up(animate=False)
        else:
            self.scroll_page_down(animate=False)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The thumb follows."""
        if self._grabbed is not None:
            begin = 8 * event.y + 4 - self._grabbed
            top = top_of(begin, self.size.height, self.virtual_size.height)
            self.scroll_to(y=top, animate=False, immediate=True)

    def on_hide(self) -> None:
        """A drag ends when the lines are hidden."""
        self.on_mouse_up()

    def on_mouse_up(self) -> None:
        """Release the thumb."""
        if self._grabbed is not None:
            self._grabbed = None
            self.release_mouse()

    def heading_clicked(self, x: int) -> None:
        """The heading was clicked at cell ``x``."""

    def line_clicked(self, _line: int, _x: int, times: int) -> None:
        """A line was clicked; the cursor is there already."""
        if times == 2:
            self.action_open()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is."""
        offset = event.get_content_offset(self)
        if offset is None or offset.x >= self.size.width - 1:
            return
        if offset.y < self.heading_height:
            self.heading_clicked(offset.x)
            return
        line = offset.y - self.heading_height + self.scroll_offset.y
        if line < self.line_total():
            self.move_to(line)
            self.line_clicked(line, offset.x, event.chain)
