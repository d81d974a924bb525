"""For values that may be None, where the test knows that this one is not."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


def known(value: T | None) -> T:
    """``value``; fails if it is None."""
    assert value is not None
    return value
