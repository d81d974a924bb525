"""Fixtures of the attach tests."""

from __future__ import annotations

import pytest

from tests import interpreters

#: One of each way that CPython waits and starts threads: where every interpreter would be too slow.
_SOME = ("3.8", "3.11", "3.13", "3.13t", "3.15")


@pytest.fixture(params=[i for i in interpreters.supported() if i.name in _SOME], ids=str)
def some_interpreter(request: pytest.FixtureRequest) -> interpreters.Interpreter:
    """A few interpreters that differ."""
    return request.param
