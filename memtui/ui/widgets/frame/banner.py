"""The line that says that the target is gone."""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING

from textual.widgets import Static

from memtui.present.text import clock_text

if TYPE_CHECKING:
    from memtui.model.errors import MemtuiError


class Banner(Static):
    """Hidden until there is something to say."""

    def __init__(self) -> None:
        super().__init__(id="banner", markup=False)

    def tell_end(self, at: float | None, failure: MemtuiError | None) -> None:
        """Say when the target ended, and why as far as ``failure`` knows."""
        why = str(failure or "the target ended")
        moment = clock_text(time() if at is None else at)
        self.update(f" {moment} {why}. What was seen last stays here to browse; q quits.")
        self.display = True
