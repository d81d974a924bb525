"""The line above a pane: what it is, which other panes share its place, and a note at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from memtui.ui.widgets.painted import SpanLines
from memtui.ui.widgets.spans import Line, Span, spread, width_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events


class TitleBar(SpanLines):
    """Titles of the panes in one place; the one that is open says more than its name."""

    class TabChosen(Message):
        """The title of a pane was clicked."""

        def __init__(self, pane_id: str) -> None:
            super().__init__()
            self.pane_id = pane_id

    def __init__(self) -> None:
        super().__init__()
        self.title: Line = ()
        self.note: Line = ()
        self.tabs: Sequence[tuple[str, str]] = ()
        self.active = ""
        self._edges: list[tuple[int, int, str]] = []

    def lines(self, width: int) -> list[Line]:
        """Tabs and title at the left, the note at the right."""
        spans: list[Span] = [Span(" ")]
        self._edges = []
        tabs = self.tabs or (("", ""),)
        for place, (pane_id, label) in enumerate(tabs):
            if place:
                spans.append(Span(" │ ", "dim"))
            start = width_of(spans)
            if pane_id == self.active or not pane_id:
                spans.extend(Span(span.text, span.tone or "here") for span in self.title)
            else:
                spans.append(Span(label, "tab"))
            self._edges.append((start, width_of(spans), pane_id))
        return [spread(tuple(spans), (*self.note, Span(" ")) if self.note else (), width)]

    def on_click(self, event: events.Click) -> None:
        """Tell which title was clicked."""
        for start, end, pane_id in self._edges:
            if start <= event.x < end and pane_id and pane_id != self.active:
                self.post_message(self.TabChosen(pane_id))
