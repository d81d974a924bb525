"""What stops the program for long is asked before, with what it will cost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual import events

from memtui.diagnosis.pauses import expected_pause
from memtui.verbs.asking import Milliseconds
from tests.support.apps import dashboard, screen_text, shows, until
from tests.support.fakes import FakeSession, collection


@pytest.mark.parametrize(
    ("objects", "last", "left", "is_long", "source"),
    [
        (10_000, None, 0, False, "(10.0 k objects)"),
        (1_000_000, None, 0, True, "(1.00 M objects)"),
        (1_000_000, 12.0, 1_000_000, False, "(as the last one)"),
        (6_000_000, 12.0, 1_000_000, True, "(as the last one)"),
    ],
)
def test_a_pause_is_expected_from_the_last_or_from_the_objects(
    objects, last, left, is_long, source
):
    before = None if last is None else replace(collection(), pause=Milliseconds(last))
    pause = expected_pause(objects, before, left)
    assert pause.is_long == is_long
    assert pause.text.endswith(source)


@pytest.mark.parametrize("key", ["g", "y", "enter"])
async def test_a_long_collection_is_asked_for(key):
    session = FakeSession()
    async with dashboard(session) as (pilot, screen):
        await pilot.press("g")
        await shows(pilot, "Collect? It stops the program for about")
        await shows(pilot, " objects)")
        await pilot.press("b", "p")
        assert screen.growth.pane.last_mark is None, "letters are no commands here"
        assert not screen.live.feed.paused
        assert not session.collections
        await pilot.press(key)
        await until(pilot, lambda: session.collections == 1)
        assert not screen.asker.question.display


async def test_escape_collects_nothing():
    session = FakeSession()
    async with dashboard(session) as (pilot, screen):
        await pilot.press("2", "g", "escape")
        assert not session.collections
        assert not screen.asker.question.display
        assert screen.growth.pane.has_focus_within


async def test_a_short_collection_is_made_at_once():
    session = FakeSession()
    async with dashboard(session) as (pilot, screen):
        await pilot.press("g", "g")
        await until(pilot, lambda: session.collections == 1)
        screen.collector.pane.collection = replace(collection(), pause=Milliseconds(3.0))
        await pilot.press("g")
        await until(pilot, lambda: session.collections == 2)


async def test_the_question_goes_with_the_target():
    session = FakeSession()
    async with dashboard(session) as (pilot, screen):
        await pilot.press("g")
        session.die()
        await until(pilot, lambda: screen.live.gone)
        await until(pilot, lambda: not screen.asker.question.display)
        assert "Collect?" not in screen_text(pilot.app)


async def test_what_was_typed_before_an_input_closed_is_no_command():
    async with dashboard() as (pilot, screen):
        # As a paste comes over a line that does not mark it.
        for key in ("slash", "c", "a", "r", "t", "enter", "b", "p", "q"):
            character = {"slash": "/", "enter": "\r"}.get(key, key)
            pilot.app.post_message(events.Key(key, character))
        await until(pilot, lambda: screen.census.pane.table.has_focus)
        await pilot.pause()
        assert screen.census.pane.listing.filter_text == "cart"
        assert pilot.app.return_code is None
        assert screen.growth.pane.last_mark is None
        assert not screen.live.feed.paused


async def test_an_answer_does_not_take_the_keys_from_who_types():
    session = FakeSession()
    async with dashboard(session) as (pilot, screen):
        await pilot.press("slash", "c")
        screen.collector._collected(collection())
        await pilot.pause()
        await pilot.press("a", "b")
        assert screen.census.pane.listing.filter_text == "cab"
        assert screen.growth.pane.last_mark is None
