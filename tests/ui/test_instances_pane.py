"""The pane of instances alone in an app of its own."""

from __future__ import annotations

import pytest

from memtui.ui.panes.instances.pane import InstancesPane
from memtui.ui.panes.pane import Pane
from memtui.ui.widgets.tree.node_tree import NodeTree
from memtui.verbs.expand import Expansion
from tests.support.apps import alone, screen_lines, screen_text, shows
from tests.support.fakes import below, node, page


@pytest.fixture
async def opened():
    pane = InstancesPane()
    async with alone(pane, size=(100, 24)) as pilot:
        pane.page = page()
        pane.nodes.focus()
        await pilot.pause()
        yield pane, pilot


async def test_instances_tell_which_part_of_how_many(opened):
    _, pilot = opened
    lines = screen_lines(pilot.app)
    title = "Instances of shop.models.Session 1–200 of 450, largest first"
    assert lines[0].strip() == title
    assert lines[2].split() == ["▶", "0x7f3a00", "<object>", "0.98", "KiB", "…"]


async def test_pages_are_turned_both_ways_and_past_the_end(opened):
    pane, pilot = opened
    await pilot.press("right_square_bracket", "left_square_bracket")
    await pilot.press("end", "pagedown")
    pane.page = page(offset=400)
    await pilot.press("right_square_bracket", "left_square_bracket")
    turned = [(m.offset, m.order) for m in pilot.app.messages(InstancesPane.PageTurned)]
    assert turned == [(200, "largest"), (200, "largest"), (200, "largest")]


async def test_o_goes_through_the_orders(opened):
    pane, pilot = opened
    await pilot.press("o")
    pane.page = page(order="oldest")
    await pilot.press("o")
    pane.page = page(order="newest")
    await pilot.press("o")
    turned = [m.order for m in pilot.app.messages(InstancesPane.PageTurned)]
    assert turned == ["oldest", "newest", "largest"]


async def test_opening_asks_one_level_and_x_as_deep_as_the_digit(opened):
    pane, pilot = opened
    await pilot.press("right", "down", "x", "4")
    asked = pilot.app.messages(NodeTree.Expanded)
    assert [(m.branch.node.address, m.depth, m.offset) for m in asked] == [
        (0x7F3A00, 1, 0),
        (0x7F3A40, 4, 0),
    ]
    assert "⋯ 0x7f3a00" in screen_text(pilot.app)
    await pilot.press("right")
    assert len(pilot.app.messages(NodeTree.Expanded)) == 2, "it is being asked already"
    pane.nodes.stop_waiting()
    await pilot.press("x")
    await shows(pilot, "expand to which depth? 1–6")
    await pilot.press("9", "enter")
    assert pilot.app.messages(NodeTree.Expanded)[-1].depth == 1


async def test_children_come_under_their_parent_and_the_cursor_stays(opened):
    pane, pilot = opened
    await pilot.press("down", "enter")
    [asked] = pilot.app.messages(NodeTree.Expanded)
    made = node(address=0x7F3A40, children=below(0x7F3A40, 1), hidden=1_200)
    pane.exploration.take(asked.branch, Expansion(made, 0))
    await pilot.pause()
    lines = [line.strip() for line in screen_lines(pilot.app)]
    assert lines[3].startswith("▼ 0x7f3a40")
    assert lines[4].startswith(".user: str[2] 'al'")
    assert lines[7] == "… 1,200 more"
    assert pane.nodes.cursor == 1
    await pilot.press("end", "home", "down", "down", "down", "down", "down", "enter")
    assert pilot.app.messages(NodeTree.Expanded)[-1].offset == 3
    pane.nodes.stop_waiting()
    await pilot.press("left")
    assert pane.nodes.cursor == 1
    await pilot.press("left")
    assert [line.strip()[:10] for line in screen_lines(pilot.app)[3:5]] == [
        "▶ 0x7f3a40",
        "▶ 0x7f3a80",
    ]
    await pilot.press("enter")
    assert len(pilot.app.messages(NodeTree.Expanded)) == 2, "its children are known"


async def test_referrers_are_shown_when_they_come(opened):
    pane, pilot = opened
    pane.take_referrers({0x7F3A00: 3_012})
    await pilot.pause()
    assert screen_lines(pilot.app)[2].split()[-1] == "3,012"
    assert screen_lines(pilot.app)[3].split()[-1].startswith("…")


async def test_a_stale_page_says_so_and_o_lists_anew_in_the_same_order(opened):
    pane, pilot = opened
    pane.exploration.stale = True
    await shows(pilot, "stale: o lists anew")
    await pilot.resize_terminal(130, 24)
    await shows(pilot, "stale: the target let these objects go; o lists anew")
    await pilot.press("o")
    [turned] = pilot.app.messages(InstancesPane.PageTurned)
    assert (turned.offset, turned.order) == (0, "largest")
    pane.page = page()
    await pilot.pause()
    assert "stale" not in screen_text(pilot.app)


async def test_escape_leaves_the_page(opened):
    pane, pilot = opened
    await pilot.press("escape")
    assert pane.page is None
    assert len(pilot.app.messages(InstancesPane.PageLeft)) == 1
    await shows(pilot, "Press enter on a type to see its instances here, or / to type one.")


async def test_the_address_is_copied(opened):
    _, pilot = opened
    await pilot.press("down", "c")
    [copied] = pilot.app.messages(Pane.Copied)
    assert (copied.text, copied.what) == ("0x7f3a40", "address")


async def test_frozen_instances_are_told():
    pane = InstancesPane()
    async with alone(pane, size=(120, 10)) as pilot:
        pane.page = page(frozen=7)
        await shows(pilot, "+ 7 frozen objects that cannot be listed")


async def test_a_type_without_instances_says_so():
    pane = InstancesPane()
    async with alone(pane) as pilot:
        pane.page = page("shop.Gone", total=0)
        await shows(pilot, "There are no instances of shop.Gone any more.")
        assert "Instances of shop.Gone 0, largest first" in screen_lines(pilot.app)[0]
