"""Conditions, expressions and graphs in the instances pane, against a real agent in a real process."""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from textual.command import CommandList, CommandPalette
from textual.widgets import Checkbox, Input

from memtui.ui.screens.help import HelpScreen
from tests.support.apps import dashboard, screen_lines, screen_text, shows, until
from tests.support.attached import attached
from tests.support.target import Target

APP = """
class Base:
    def __init__(self, number):
        self.number = number
        self.items = [number] * (number % 7)
        if number % 2:
            self.odd = True

class Leaf(Base):
    pass

stock = [Base(number) for number in range(250)] + [Leaf(number) for number in range(40)]
"""


@pytest.fixture(scope="module")
def target():
    with Target(sys.executable) as running:
        running.execute(APP)
        yield running


@asynccontextmanager
async def searched(target, size=(120, 40)):
    """The dashboard on the target, with the instances of ``__main__.Base`` listed."""
    async with (
        attached(target) as session,
        dashboard(cast("Any", session), size=size) as (pilot, screen),
    ):
        screen.census.pane.post_message(screen.census.pane.TypeOpened("__main__.Base"))
        await shows(pilot, "Instances of __main__.Base 1–200 of 250, largest first")
        await until(pilot, lambda: screen.instances.pane.nodes.has_focus)
        yield pilot, screen


def fields(pane):
    return {name: pane.form.field(name) for name in pane.form.FIELDS}


async def type_in(pilot, text):
    """Type into the input that has the focus, in place of what is there."""
    field = pilot.app.focused
    assert isinstance(field, Input)
    field.value = text
    await pilot.pause()


async def test_a_condition_and_an_expression_are_asked_of_the_target(target):
    async with searched(target) as (pilot, screen):
        await pilot.press("slash")
        assert fields(screen.instances.pane)["where"].has_focus
        await type_in(pilot, "len(obj.items) == 6 and target.number > 100")
        await pilot.press("down")
        await type_in(pilot, "target.number")
        await pilot.press("enter")
        await shows(pilot, "21 of 250 match")
        title = screen_lines(pilot.app)[screen.instances.pane.region.y]
        assert "__main__.Base where len(obj.items) == 6 and target.number > 100" in title
        assert screen.instances.pane.nodes.has_focus
        assert not screen.instances.pane.form.display
        lines = screen_lines(pilot.app)
        heading = next(n for n, line in enumerate(lines) if "target.number ▼" in line)
        column = lines[heading].index("target.number")
        values = {int(line[column:].split()[1]) for line in lines[heading + 1 : heading + 10]}
        assert values <= set(range(104, 250, 7))
        assert len(values) == 9
        await until(pilot, lambda: screen.instances.pane.nodes.branches.roots[0].referrers)
        # Another order, another pane and another census: it stays what was asked for.
        await pilot.press("o")
        await shows(pilot, "21 of 250 match, oldest first")
        await pilot.press("2")
        screen.live.feed.poll_now()
        await pilot.press("3")
        await shows(pilot, "21 of 250 match, oldest first")
        assert int(screen_lines(pilot.app)[heading + 1][column:].split()[1]) in range(104, 250, 7)


async def test_an_address_is_opened_from_the_palette_and_from_the_form(target):
    async with searched(target) as (pilot, screen):
        pane = screen.instances.pane
        await pilot.press("down", "y")
        address = pilot.app.clipboard
        assert address == hex(pane.page.instances[1].address)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: isinstance(pilot.app.screen, CommandPalette))
        await type_in(pilot, "at an address")
        await shows(pilot, "Type the address here (0x…), or in the form that enter opens")
        await type_in(pilot, address)
        found = pilot.app.screen.query_one(CommandList)
        await until(pilot, lambda: found.option_count == 1)
        await pilot.press("down", "enter")
        await shows(pilot, f"The object at {address}")
        await until(pilot, lambda: pane.page.total == 1)
        assert hex(pane.page.instances[0].address) == address
        await pilot.press("slash", "up")
        for typed, where, told in (
            ("0x10", "", "no object was found at 0x10"),
            (address, "1 < 2", "leave this empty"),
        ):
            pane.form.field("where").value = where
            pane.form.field("type").focus()
            await type_in(pilot, typed)
            await pilot.press("enter")
            await shows(pilot, told)


async def test_the_page_is_sorted_by_the_values_and_says_that_it_is_the_page_only(target):
    def numbers(screen):
        values = screen.instances.pane.page.values
        by_address = dict(
            zip((n.address for n in screen.instances.pane.page.instances), values, strict=True)
        )
        roots = screen.instances.pane.nodes.branches.roots
        return [int(by_address[root.node.address].preview) for root in roots]

    async with searched(target, size=(140, 40)) as (pilot, screen):
        await pilot.press("slash", "tab")
        await type_in(pilot, "target.number")
        await pilot.press("enter")
        await shows(pilot, "1–200 of 250, largest first, this page by value")
        await shows(pilot, "target.number ▼ this page")
        assert numbers(screen) == sorted(numbers(screen), reverse=True)
        await pilot.press("down", "right")
        await until(pilot, lambda: len(screen.instances.pane.nodes.branches.rows) > 200)
        await pilot.press("s")
        await shows(pilot, "target.number ▲ this page")
        assert numbers(screen) == sorted(numbers(screen))
        tree = screen.instances.pane.nodes
        assert tree.cursor_row.is_open, "the cursor goes along, and what is open"
        assert tree.cursor_visible()
        await pilot.press("s")
        await shows(pilot, "1–200 of 250, largest first │")
        came = [node.address for node in screen.instances.pane.page.instances]
        assert [root.node.address for root in tree.branches.roots] == came
        # Which objects are on the page is another question, and begins with the order it was put in.
        await pilot.press("s", "o")
        await shows(pilot, "1–200 of 250, oldest first │")
        await pilot.press("slash")
        await type_in(pilot, "target.number < 100")
        await pilot.press("enter")
        await shows(pilot, "100 of 250 match, by value")
        assert numbers(screen) == sorted(range(100), reverse=True)
        assert "this page" not in screen_text(pilot.app)


async def test_derived_types_are_found_by_the_box(target):
    async with searched(target) as (pilot, screen):
        await pilot.press("slash", "down", "down", "space", "enter")
        await shows(pilot, "Instances of __main__.Base and derived 1–200 of 290")
        await pilot.press("right_square_bracket")
        await shows(pilot, "and derived 201–290 of 290")
        await pilot.press("o")
        await shows(pilot, "of 290, oldest first")
        kinds = {node.type for node in screen.instances.pane.page.instances}
        await pilot.press("right_square_bracket")
        await shows(pilot, "and derived 201–290 of 290, oldest first")
        kinds |= {node.type for node in screen.instances.pane.page.instances}
        assert kinds == {"__main__.Base", "__main__.Leaf"}
        await pilot.press("slash")
        assert screen.instances.pane.form.query_one(Checkbox).value


async def test_what_cannot_be_told_is_counted_and_says_why(target):
    async with searched(target) as (pilot, _):
        await pilot.press("slash")
        await type_in(pilot, "obj.odd")
        await pilot.press("enter")
        await shows(pilot, "125 of 250 match, 125 undecided")
        assert ".odd" in screen_text(pilot.app)
        await pilot.press("slash")
        await type_in(pilot, "obj.odd == 7")
        await pilot.press("enter")
        await shows(pilot, "None of the 250 instances of __main__.Base is known to match.")
        await shows(pilot, "125 could not be decided: ")
        await pilot.press("slash")
        await type_in(pilot, "")
        await pilot.press("enter")
        await shows(pilot, "Instances of __main__.Base 1–200 of 250")


async def test_a_type_that_is_not_there_is_told_where_it_was_typed(target):
    async with searched(target) as (pilot, screen):
        await pilot.press("slash", "up", "up")
        assert isinstance(pilot.app.focused, Checkbox)
        await pilot.press("down")
        await type_in(pilot, "Bases")
        await pilot.press("down")
        await type_in(pilot, "obj.number > 3")
        await pilot.press("enter")
        await shows(pilot, "there is no instance of Bases")
        typed = {name: field.value for name, field in fields(screen.instances.pane).items()}
        assert typed == {"type": "Bases", "where": "obj.number > 3", "expr": ""}
        assert fields(screen.instances.pane)["type"].has_focus
        await type_in(pilot, "__main__.Leaf")
        await pilot.press("enter")
        await shows(pilot, "36 of 40 match")


async def test_the_keys_are_in_the_footer_and_the_help(target):
    async with searched(target, size=(160, 40)) as (pilot, _):
        assert "/ Where" in screen_lines(pilot.app)[-1]
        assert "d Draw" in screen_lines(pilot.app)[-1]
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        await shows(pilot, "List by a condition, and show an expression of each")
        titles = [command.title for command in pilot.app.get_system_commands(pilot.app.screen)]
        assert "Theme" in titles


async def test_an_object_is_drawn_with_what_is_open_below_it(target, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with searched(target) as (pilot, screen):
        await pilot.press("d")
        await shows(pilot, "write to ")
        await pilot.press("enter")
        await shows(pilot, "Graph written")
        (path,) = tmp_path.glob("memtui-Base-*.dot")
        text = path.read_text()
        assert text.startswith("digraph")
        # Nothing was open: two levels were asked for, and stand in the tree too.
        assert ".items" in text
        assert "list" in text
        assert screen.instances.pane.nodes.branches.roots[0].is_open
        assert screen.instances.pane.nodes.has_focus
        pilot.app.clear_notifications()
        await pilot.press("d", "enter")
        await shows(pilot, "it is there already: enter again replaces it")
        await pilot.press("escape")
        assert not screen.instances.pane.path_bar.display
        await pilot.press("left", "d")
        pilot.app.focused.value = str(tmp_path / "no" / "such.dot")
        await pilot.press("enter")
        await shows(pilot, "there is no folder")
        assert pilot.app.focused.value == str(tmp_path / "no" / "such.dot")
