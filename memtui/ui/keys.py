"""The keys that work now, read from the active bindings: the one place where a key is declared.

The bottom line, the help and the palette all show this list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.screen import Screen
from textual.widgets import Input

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual.dom import DOMNode


_OF_TEXTUAL = frozenset({"screen.copy_text", "app.focus_next", "app.focus_previous"})
"""Actions for text selected by mouse, which our widgets do not allow, and for moving the focus, for
which we have keys of our own."""


@dataclass(frozen=True, slots=True)
class KeyHelp:
    """One action.

    ``display`` shows all its keys, ``first`` the one to remember; ``of_pane`` is false
    if they work everywhere.
    """

    key: str
    first: str
    display: str
    title: str
    help: str
    action: str
    node: DOMNode
    shown: bool
    enabled: bool
    of_pane: bool

    def runner(self, app: App[Any]) -> Callable[[], Awaitable[bool]]:
        """What does the same as the key."""
        return lambda: app.run_action(self.action, self.node)


def active_keys(screen: Screen[Any]) -> list[KeyHelp]:
    """The active bindings of ``screen``, each action once, the focused widget's first."""
    merged: dict[tuple[int, str], KeyHelp] = {}
    for active in screen.active_bindings.values():
        node, binding = active.node, active.binding
        if binding.system or not binding.description:
            continue
        if isinstance(node, Input) and not binding.show and not binding.tooltip:
            continue  # Textual's: how to edit a line of text is known
        if binding.action in _OF_TEXTUAL:
            continue
        place = (id(node), binding.action)
        first = screen.app.get_key_display(binding)
        if len(first) == 1 and first.isascii() and isinstance(screen.focused, Input):
            continue  # it is text; Textual does not see that of keys like "slash"
        known = merged.get(place)
        merged[place] = KeyHelp(
            key=binding.key if known is None else known.key,
            first=first if known is None else known.first,
            display=first if known is None else f"{known.display} {first}",
            title=binding.description,
            help=binding.tooltip or binding.description,
            action=binding.action,
            node=node,
            shown=binding.show or (known is not None and known.shown),
            enabled=active.enabled,
            of_pane=not isinstance(node, Screen | App),
        )
    return list(merged.values())
