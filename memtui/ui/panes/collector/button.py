"""The button that forces a collection, with a line of facts beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from memtui.present.spans import Line, Span, cropped, width_of
from memtui.ui.widgets.paint.painted import SpanLines
from memtui.ui.widgets.paint.roomy import Fact, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

_FACE = " GC "


class CollectorButton(SpanLines):
    """``[ GC ]`` with facts beside it; dim, with the reason, if it must not be pressed."""

    class Pressed(Message):
        """The user wants a collection."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._forbidden = ""
        self._row_name = ""
        self._beside: Sequence[Fact] = (Fact(1, ((Span("g forces a full collection", "dim"),),)),)

    def forbid(self, reason: str) -> None:
        """Disable the button for ``reason``; "" enables it again."""
        self._forbidden = reason
        self.repaint_changes()

    def tell(self, beside: Sequence[Fact]) -> None:
        """Show ``beside`` at the right of the button."""
        self._beside = beside
        self.repaint_changes()

    def name_row(self, name: str) -> None:
        """Show ``name`` first: it is cut where the cursor is; "" for none."""
        if name != self._row_name:
            self._row_name = name
            self.repaint_changes()

    def lines(self, width: int) -> list[Line]:
        """The button, the reason if there is one, the facts."""
        face = Span(_FACE, "off" if self._forbidden else "button")
        why = (Span(f"{self._forbidden}  ", "warn"),) if self._forbidden else ()
        front = (Span(" "), face, Span("  "), *why)
        if self._row_name:
            front = (*front, Span(self._row_name, "accent"), Span("  "))
        beside = joined(self._beside, width - width_of(front) - 1, Span("  "))
        return [cropped((*front, *beside), width)]

    def on_click(self, event: events.Click) -> None:
        """A click on the face presses."""
        if event.x <= len(_FACE) and not self._forbidden:
            self.post_message(self.Pressed())
