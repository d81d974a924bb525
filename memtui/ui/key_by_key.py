"""One key after the other, even if many arrive at once: over a slow line, or from the clipboard."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, TypeVar

from textual import events
from textual.app import App
from textual.message import Message
from textual.widgets import Input

if TYPE_CHECKING:
    from textual.dom import DOMNode

Result = TypeVar("Result")

#: How often we check whether the current key can still be handled, in seconds.
_LOOK_S = 0.5

#: After this many checks the next key is let in anyway: the action may wait for something that only a
#: key can end.  Checks are counted, not seconds: a machine that was suspended makes few of them.
_LOOKS = 10


class KeyByKeyApp(App[Result]):
    """An app that passes a key on when the action of the key before it is done.

    Textual passes each key to the widget that has the focus when it arrives.  If ``/``, ``g`` and ``enter``
    were read at once, the ``g`` would not reach the filter, which is about to open, but would be taken
    for a command.
    """

    class Passed(Message):
        """Follows a key on its way from the focused widget up to the app."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._typed: deque[events.Key] = deque()
        self._in_work: asyncio.TimerHandle | None = None
        self._typed_into: Input | None = None
        self._was_enter = False

    async def on_event(self, event: events.Event) -> None:
        """Hold keys back while another one is handled."""
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
        self._typed_into = target if isinstance(target, Input) else None
        self._was_enter = isinstance(event, events.Key) and event.key == "enter"
        self._look_after(target, _LOOKS)
        await super().on_event(event)
        if not target.post_message(self.Passed()):
            await self._next_key()

    def on_key_by_key_app_passed(self, event: Passed) -> None:
        """The action was run.  The next key comes after what the action deferred, such as a change of focus."""
        event.stop()
        if not self._is_leaving():
            behind = self.screen.call_later(self.call_later, self._next_key)
            if not behind:  # the screen is being closed
                self.call_later(self._next_key)

    def _look_after(self, target: DOMNode, looks: int) -> None:
        """Pass the next key on even if ``target`` was removed meanwhile, or never finishes."""

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
        self._drop_the_rest_of_a_text()
        if self._typed and not self._is_leaving():
            await self._hand_on(self._typed.popleft())

    def _drop_the_rest_of_a_text(self) -> None:
        """What was typed before an input closed, or was taken away, was text for it and is no command."""
        field, self._typed_into = self._typed_into, None
        if field is None or (isinstance(self.focused, Input) and not self._was_enter):
            return
        while self._typed and self._typed[0].is_printable:
            self._typed.popleft()

    def _is_leaving(self) -> bool:
        """Whether the key before was the last: screens are removed while its message goes up."""
        return self.return_code is not None or not self.is_running or not self.screen_stack
