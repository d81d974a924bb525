"""A target with known objects, under each interpreter."""

from __future__ import annotations

import sys

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


@pytest.fixture
def stocked_some(some_interpreter, spawn):
    """The same under a few interpreters, for what takes long."""
    target = spawn(some_interpreter)
    target.execute(STOCK)
    return target


@pytest.fixture
def stocked_here(spawn):
    """The same under memtui's own interpreter, for what does not depend on the target's."""
    target = spawn(sys.executable)
    target.execute(STOCK)
    return target
