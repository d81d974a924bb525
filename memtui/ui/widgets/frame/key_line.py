"""The bottom line: the keys that work now, taken from the active bindings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.css.query import NoMatches

from memtui.present.spans import Line, Span, width_of
from memtui.ui.keys import KeyHelp, active_keys
from memtui.ui.widgets.paint.painted import SpanLines

if TYPE_CHECKING:
    from textual import events
    from textual.screen import Screen

_ALWAYS = ("help", "quit")
"""Actions that stay on the line however narrow it is."""

_RARELY = ("mine", "estimate")
"""Actions that leave it first: one needs them once in a while, and the help has them."""


class KeyLine(SpanLines):
    """Keys with what they do.  Those that do not fit are left out, but never help and quit."""

    def __init__(self) -> None:
        super().__init__()
        self._edges: list[tuple[int, int, str]] = []
        self._keys: list[KeyHelp] = []

    def on_mount(self) -> None:
        """Follow the focus."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def on_unmount(self) -> None:
        """Stop following it."""
        self.screen.bindings_updated_signal.unsubscribe(self)

    def _bindings_changed(self, screen: Screen[object]) -> None:
        if not self.is_attached or screen is not self.screen:
            return
        try:
            self._keys = [key for key in active_keys(screen) if key.shown]
        except NoMatches:
            # The focused widget is being taken away; the next signal comes when it is.
            return
        self.repaint_changes()

    def lines(self, width: int) -> list[Line]:
        """As many keys as fit: closer together first, then without those before help and quit."""
        kept = list(self._keys)
        gap = " " if _needed(kept, " ") <= width else ""
        while len(kept) > len(_ALWAYS) and _needed(kept, gap) > width:
            spare = [key for key in kept if key.action not in _ALWAYS]
            rarely = [key for key in spare if key.action in _RARELY]
            kept.remove((rarely or spare)[-1])
        spans: list[Span] = []
        self._edges = []
        for key in kept:
            start = width_of(spans)
            spans.append(Span(f" {key.first}", "accent" if key.enabled else "dim"))
            spans.append(Span(f" {key.title}{gap}", "" if key.enabled else "dim"))
            self._edges.append((start, width_of(spans), key.key))
        return [tuple(spans)]

    def on_click(self, event: events.Click) -> None:
        """A click on a key is the key."""
        for start, end, key in self._edges:
            if start <= event.x < end:
                self.app.simulate_key(key)


def _needed(keys: list[KeyHelp], gap: str) -> int:
    return sum(width_of((Span(f" {key.first} {key.title}{gap}"),)) for key in keys)
