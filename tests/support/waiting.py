"""Waiting for something to become true, for as long as the busiest machine needs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.support.target import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable


def until(condition: Callable[[], object], *, within: float = PATIENCE_S) -> None:
    """Wait until ``condition()`` is true; fails if that takes longer than the limit."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, "the condition did not become true in time"
        time.sleep(0.001)
