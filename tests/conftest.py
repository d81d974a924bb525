"""Fixtures for all rooms: interpreters by circle (``interpreter``), and targets that end with the test."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.support import circles
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

# A shell has what it starts in the background ignore this signal, and with it all that the tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all-interpreters",
        action="store_true",
        help="run each test on every interpreter, not only on those of its circle",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    circles.parametrize(metafunc, everywhere=metafunc.config.getoption("--all-interpreters"))


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
