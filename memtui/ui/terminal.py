"""The terminal that the dashboard runs in, and its end."""

from __future__ import annotations

import asyncio
import select

from textual.drivers.linux_driver import LinuxDriver

from memtui.ui.sparing import SparingOutput

#: How often we check that the terminal is still there, in seconds.
_LOOK_S = 1.0


class TerminalDriver(LinuxDriver):
    """Textual's driver, which also ends the app when its terminal is closed.

    Otherwise the app would run for nobody, read the end of its input forever, and stay attached.
    """

    _looking: asyncio.TimerHandle | None = None
    _sparing: SparingOutput | None = None

    def write(self, data: str) -> None:
        """Write what changes the screen to what ``data`` would make of it."""
        size = (self._app.size.width, self._app.size.height)
        if self._sparing is None:
            self._sparing = SparingOutput(size)
        elif self._sparing.size != size:
            self._sparing.forget(size)
        if needed := self._sparing.rewrite(data):
            super().write(needed)

    def forget_screen(self) -> None:
        """Others may have written on it."""
        self._sparing = None

    def start_application_mode(self) -> None:
        """Take the terminal over, and begin to look after it."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._look()

    def close(self) -> None:
        """Stop checking the terminal, and close it."""
        if self._looking is not None:
            self._looking.cancel()
        super().close()

    def _look(self) -> None:
        """Leave if the terminal is gone, even if no SIGHUP came."""
        if self._looking is not None:
            self._looking.cancel()
        poll = select.poll()
        # No event is asked for: poll reports a hangup without that.
        poll.register(self.fileno, 0)
        if poll.poll(0):
            self._app.exit()
        else:
            self._looking = asyncio.get_running_loop().call_later(_LOOK_S, self._look)

    def _sigcont_application(self, *arguments: object) -> None:
        """Continue after ctrl+z.

        SIGCONT also follows the SIGHUP of a closed terminal, and may come from another process that
        stopped us.  Taking over the terminal again would read it twice, and hang at the end.
        """
        if self._must_signal_resume:
            super()._sigcont_application(*arguments)
        else:
            self.forget_screen()
            self._app.call_later(self._app.refresh)
