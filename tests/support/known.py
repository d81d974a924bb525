"""For values whose type allows None, if the test knows that this one is not None."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


def known(value: T | None) -> T:
    """``value``; fails if it is None."""
    assert value is not None
    return value
