"""The screens are the same wherever and whenever they are tested."""

from __future__ import annotations

import time

import pytest
import textual.app
import textual.pilot
from textual.notifications import Notification
from textual.widgets import Input

from tests.support.apps import LONGEST_S, settled


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch):
    """A terminal of many colours, clocks in UTC, keys that wait for what they bring about.

    What goes away by itself stays, and what blinks does not: when a test comes to look is up to the
    machine.
    """
    monkeypatch.setattr(textual.app, "wait_for_idle", settled)
    monkeypatch.setattr(textual.pilot, "wait_for_idle", settled)
    monkeypatch.setattr(Notification, "time_left", 10 * LONGEST_S)
    monkeypatch.setattr(Input, "_toggle_cursor", lambda _input: None)
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
