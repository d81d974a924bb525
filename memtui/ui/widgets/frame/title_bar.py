"""The line above a pane: what it is, which panes share its place, a note and a warning at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from memtui.present.spans import Line, Span, cropped, spread, width_of
from memtui.ui.widgets.paint.painted import SpanLines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events


_GAP = 3
"""Cells between the tabs and the note: right behind a tab it would read as a part of it."""


class TitleBar(SpanLines):
    """Titles of the panes in one place; the open one says more than its name.

    Where it is narrow, the tabs move together before one is cut off.
    """

    class TabChosen(Message):
        """The title of a pane was clicked."""

        def __init__(self, pane_id: str) -> None:
            super().__init__()
            self.pane_id = pane_id

    def __init__(self) -> None:
        super().__init__()
        self.title: Line = ()
        self.note: Line = ()
        self.warning: Sequence[Line] = ()
        self.tabs: Sequence[tuple[str, str]] = ()
        self.active = ""
        self._edges: list[tuple[int, int, str]] = []

    def lines(self, width: int) -> list[Line]:
        """Tabs and title at the left, note and warning at the right."""
        gap = _GAP if self.tabs else 1
        choices = self._choices()
        spans, own_end = self._tabbed(" │ ")
        if width_of(spans) + gap + width_of(choices[0]) > width:
            spans, own_end = self._tabbed("│")
        beside_all, beside_title = width - width_of(spans) - gap, width - own_end - 1
        right = _most(choices, beside_all, beside_title)
        taken = width_of(right)
        if taken > 1:  # there is more than the blank at the end
            spans = [*cropped(spans, max(own_end, width - taken - gap))]
        return [spread(tuple(spans), right, width)]

    def _tabbed(self, between: str) -> tuple[list[Span], int]:
        """The tabs, and where the title of the open pane ends."""
        spans: list[Span] = [Span(" ")]
        self._edges = []
        own_end = 0
        tabs = self.tabs or (("", ""),)
        for place, (pane_id, label) in enumerate(tabs):
            if place:
                spans.append(Span(between, "dim"))
            start = width_of(spans)
            if pane_id == self.active or not pane_id:
                spans.extend(Span(span.text, span.tone or "here") for span in self.title)
                own_end = width_of(spans)
            else:
                spans.append(Span(label, "tab"))
            self._edges.append((start, width_of(spans), pane_id))
        return spans, own_end

    def _choices(self) -> list[Line]:
        """What may stand at the right, the most first; a warning is always shown."""
        gap, end = (Span("  "),), (Span(" "),)
        with_note = [(*self.note, *gap, *form, *end) for form in self.warning]
        alone = [(*form, *end) for form in self.warning]
        return [*with_note, *alone] or [(*self.note, *end), ()]

    def on_click(self, event: events.Click) -> None:
        """Post which title was clicked."""
        for start, end, pane_id in self._edges:
            if start <= event.x < end and pane_id and pane_id != self.active:
                self.post_message(self.TabChosen(pane_id))


def _most(choices: Sequence[Line], beside_all: int, beside_title: int) -> Line:
    """The most that fits beside all tabs; else beside the title."""
    for room in (beside_all, beside_title):
        for choice in choices:
            if width_of(choice) <= room and (choice or room == beside_title):
                return choice
    return choices[-1]
