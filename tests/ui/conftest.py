"""The screens are the same wherever and whenever they are tested."""

from __future__ import annotations

import time

import pytest


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch):
    """A terminal of many colours, and clocks in UTC."""
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def pytest_addoption(parser):
    parser.addoption(
        "--update-pictures",
        action="store_true",
        help="write the pictures of the screens anew; only on the Textual they were made with",
    )
