"""A target with known objects."""

from __future__ import annotations

import pytest

STOCK = """
class Outer:
    class Inner:
        def __init__(self, number):
            self.number = number
            self.note = "number %d" % number

STOCK = [Outer.Inner(number) for number in range(12345)]
"""


@pytest.fixture
def stocked(interpreter, spawn):
    """A target that holds 12,345 instances of ``__main__.Outer.Inner``."""
    target = spawn(interpreter)
    target.execute(STOCK)
    return target
