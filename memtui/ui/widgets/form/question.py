"""One line that asks before something that costs the target."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from memtui.present.spans import Line, Span, cropped, spread
from memtui.ui.widgets.paint.painted import SpanLines

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.widget import Widget


class QuestionBar(SpanLines, can_focus=True):
    """Takes the keys until the user has agreed, or not.  No other letter does anything meanwhile."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "agree", "Yes", tooltip="Do it"),
        Binding("escape,n", "refuse", "No", tooltip="Leave it"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self._again = ""
        self._agreed: Callable[[], None] | None = None
        self._refused: Callable[[], None] | None = None
        self._came_from: Widget | None = None

    def on_mount(self) -> None:
        """Hidden until there is something to ask."""
        self.display = False

    def ask(
        self,
        text: str,
        agreed: Callable[[], None],
        *,
        again: str,
        refused: Callable[[], None] | None = None,
    ) -> None:
        """Ask ``text``; call ``agreed`` or ``refused``.  The key that asked, ``again``, agrees as well."""
        if not self.display:
            self._came_from = self.screen.focused
        self._text, self._again = text, again
        self._agreed, self._refused = agreed, refused
        self.display = True
        self.focus()
        self.repaint_changes()

    def lines(self, width: int) -> list[Line]:
        """The question and the ways out."""
        ways = (
            *(Span("y", "accent"), Span(" yes  ")),
            *(Span("esc", "accent"), Span(" no ")),
        )
        left = cropped((Span(" "), Span(self._text, "warn")), width)
        return [spread(left, ways, width)]

    def on_key(self, event: events.Key) -> None:
        """Letters are no commands here."""
        if event.key == self._again:
            event.stop()
            self.action_agree()
        elif event.is_printable and event.key not in {"y", "n", "q", "question_mark"}:
            event.stop()

    def close(self) -> None:
        """Nothing is asked any more."""
        if self.display:
            self.display = False
            if self.has_focus and self._came_from is not None and self._came_from.is_attached:
                self._came_from.focus()

    def action_agree(self) -> None:
        """Do it."""
        self.close()
        if self._agreed is not None:
            self._agreed()

    def action_refuse(self) -> None:
        """Leave it."""
        self.close()
        if self._refused is not None:
            self._refused()
