"""The dashboard on a target that dies."""

from __future__ import annotations

import os

import pytest

from tests.support.apps import (
    dashboard,
    screen_text,
    shows,
    until,
)
from tests.support.fakes import FakeSession


@pytest.fixture
def session():
    return FakeSession(pid=os.getpid())


def notes(pilot):
    return [notification.message for notification in pilot.app._notifications]


async def test_death_is_told_and_the_last_data_stay(session):
    async with dashboard(session, size=(80, 24)) as (pilot, screen):
        await pilot.press("enter")
        await shows(pilot, "1–200 of 450")
        session.die()
        await shows(pilot, "process 4213 ended: it was killed by SIGKILL")
        await shows(pilot, "✖ gone")
        await pilot.press("right")
        await until(pilot, lambda: notes(pilot))
        assert "Traceback" not in screen_text(pilot.app)
        await pilot.press("1", "down", "s", "slash", *"shop", "enter")
        assert screen.census.pane.table.shown_keys
        await pilot.press("enter", "g", "f5", "p", "b")
        assert not screen.asker.is_asking
        await shows(pilot, "shop.models.Session")


async def test_what_is_open_stays_open_when_the_target_is_gone(session):
    async with dashboard(session) as (pilot, screen):
        await pilot.press("enter")
        await shows(pilot, "1–200 of 450")
        session.die()
        await shows(pilot, "✖ gone")
        await pilot.press("escape")
        assert screen.census.pane.table.has_focus
        await pilot.press("3")
        await shows(pilot, "1–200 of 450")
        # The same words do not pile up over what is left to see.
        await pilot.press("right", "down", "right", "down", "right")
        await until(pilot, lambda: notes(pilot))
        assert len(notes(pilot)) == 1


async def test_death_during_a_request_ends_it(session):
    session.held.add("instances")
    async with dashboard(session) as (pilot, screen):
        await pilot.press("enter")
        await until(pilot, lambda: screen.asker.is_asking)
        session.die()
        await until(pilot, lambda: not screen.asker.is_asking)
        await shows(pilot, "✖ gone")
