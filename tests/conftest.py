"""Fixtures for all rooms: every interpreter found, and targets that end with the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.support import interpreters
from tests.support.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.interpreters import Interpreter

# The same examples in every run, and as long as they take: what a test says must not depend on chance,
# nor on what else the machine does.  New examples are looked for with --hypothesis-profile=search.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", _PATIENT, derandomize=True)
settings.register_profile("search", _PATIENT, max_examples=5000)
settings.load_profile("same")


def _params() -> list[object]:
    here = [pytest.param(found, id=found.name) for found in interpreters.supported()]
    reason = "no Python %s on this machine (see tests/interpreters.py for where it is looked for)"
    absent = [
        pytest.param(None, id=name, marks=pytest.mark.skip(reason=reason % name))
        for name in interpreters.missing()
    ]
    return here + absent


@pytest.fixture(params=_params())
def interpreter(request: pytest.FixtureRequest) -> Interpreter:
    """Each interpreter that is a target, one test for each."""
    return request.param


#: One of each way that CPython waits, starts threads and keeps its objects.
_SOME = ("3.8", "3.11", "3.13", "3.13t", "3.15")


@pytest.fixture(
    params=[found for found in interpreters.supported() if found.name in _SOME], ids=str
)
def some_interpreter(request: pytest.FixtureRequest) -> Interpreter:
    """A few that differ, where every one would be too slow and is tried nearer to the ground."""
    return request.param


@pytest.fixture
def spawn() -> Iterator[Callable[..., Target]]:
    """``spawn(interpreter, "plain.py", *args)`` starts a target and waits until it is ready."""
    started: list[Target] = []

    def start(
        interpreter: Interpreter | str, script: str | Path = "plain.py", *args: str
    ) -> Target:
        target = Target(interpreter, script, *args)
        started.append(target)
        return target

    yield start
    for target in started:
        target.stop()
