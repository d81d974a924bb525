"""Progress on stderr: a bar if stderr is a terminal, else nothing."""

from __future__ import annotations

import os
import shutil
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from memtui.cli.output import plain
from memtui.present.cells import cut

if TYPE_CHECKING:
    from types import TracebackType

_QUIET_S = 0.25
_EVERY_S = 0.08
_BAR = 24


class Progress:
    """One line that is drawn over and over, and wiped at the end.

    It appears only when the work takes longer than 0.25 s, so that quick answers do not flicker.
    """

    def __init__(self) -> None:
        self._stream = sys.stderr
        self._shown = self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._next = time.monotonic() + _QUIET_S
        self._drawn = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.clear()

    def phase(self, text: str) -> None:
        """Say what is being done, for work whose length is not known."""
        self._draw(text)

    def step(self, phase: str, done: int, total: int) -> None:
        """Draw the bar: ``done`` of ``total``, in the unit that ``phase`` counts."""
        share = min(1.0, done / total) if total > 0 else 0.0
        filled = round(share * _BAR)
        self._draw(f"{phase} [{'#' * filled}{'-' * (_BAR - filled)}] {share:4.0%}")

    def clear(self) -> None:
        """Take the line away; the next output starts on a clean one."""
        if self._drawn:
            self._write("\r\x1b[K")
            self._drawn = False

    def _draw(self, text: str) -> None:
        now = time.monotonic()
        if not self._shown or now < self._next:
            return
        self._next = now + _EVERY_S
        width = shutil.get_terminal_size().columns - 1
        self._write("\r\x1b[K" + cut(plain(text), width))
        self._drawn = True

    def _write(self, text: str) -> None:
        with suppress(OSError):  # a terminal that went away must not cost the answer
            self._stream.write(text)
            self._stream.flush()
