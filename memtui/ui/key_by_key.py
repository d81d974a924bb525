"""One key after the other, also where many come at once: over a slow line, or from the clipboard."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, TypeVar

from textual import events
from textual.app import App
from textual.message import Message

if TYPE_CHECKING:
    from textual.dom import DOMNode

Result = TypeVar("Result")

#: How often it is looked whether the key in work can still be done, seconds.
_LOOK_S = 0.5

#: So many looks later the next one is let in nevertheless: its action waits for something, and a key
#: may be the way out of that.  It is looks that count: those of a machine that stood still are few.
_LOOKS = 10


class KeyByKeyApp(App[Result]):
    """An app that hands a key on when what the one before it does is done.

    Textual hands each to the widget that has the focus when it arrives.  Of ``/``, ``g`` and ``enter``
    read in one go the ``g`` would not be typed into the filter, which is about to open, but be taken
    for a command.
    """

    class Passed(Message):
        """Goes the way of a key, right behind it: from the widget that has the focus up to the app."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._typed: deque[events.Key] = deque()
        self._in_work: asyncio.TimerHandle | None = None

    async def on_event(self, event: events.Event) -> None:
        """Keep keys back while there is one in work."""
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
        elif self._is_leaving():
            event.stop()
        elif self._in_work is not None:
            self._typed.append(event)
        else:
            await self._hand_on(event)

    async def _hand_on(self, event: events.Key) -> None:
        target = self.focused or self.screen
        self._look_after(target, _LOOKS)
        await super().on_event(event)
        if not target.post_message(self.Passed()):
            await self._next_key()

    def on_key_by_key_app_passed(self, event: Passed) -> None:
        """Its action was run; behind what that put off to later, the focus for one, comes the next key."""
        event.stop()
        if not self._is_leaving():
            behind = self.screen.call_later(self.call_later, self._next_key)
            if not behind:  # the screen is being closed
                self.call_later(self._next_key)

    def _look_after(self, target: DOMNode, looks: int) -> None:
        """Hand the next key on also where ``target`` was removed with its key in work, or never ends it."""

        def look() -> None:
            if target.is_running and target.is_attached and looks:
                self._look_after(target, looks - 1)
            else:
                self.call_later(self._next_key)

        self._in_work = asyncio.get_running_loop().call_later(_LOOK_S, look)

    async def _next_key(self) -> None:
        if self._in_work is not None:
            self._in_work.cancel()
            self._in_work = None
        if self._typed and not self._is_leaving():
            await self._hand_on(self._typed.popleft())

    def _is_leaving(self) -> bool:
        """Whether the key before was the last: the screens are taken down while its message goes up."""
        return self.return_code is not None or not self.is_running or not self.screen_stack
