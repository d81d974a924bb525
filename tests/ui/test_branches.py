"""The tree as a list of open lines."""

from __future__ import annotations

from memtui.ui.widgets.tree.branches import Branch, Branches, More
from tests.support.fakes import below, node
from tests.support.known import known


def texts(branches):
    return [
        f"{'  ' * row.depth}… {row.hidden}"
        if isinstance(row, More)
        else f"{'  ' * row.depth}{row.edge or row.node.address}"
        for row in branches.rows
    ]


def test_children_that_were_sent_are_open():
    branches = Branches.of([node(address=16, children=below(16, 2)), node(address=99)])
    assert texts(branches) == [
        "16",
        "  .user",
        "  .cart",
        "    .user",
        "    .cart",
        "    ['k']",
        "  ['k']",
        "99",
    ]


def test_closing_and_opening_again_shows_the_same():
    branches = Branches.of([node(address=16, children=below(16, 2)), node(address=99)])
    before = texts(branches)
    branches.close(branches.roots[0])
    assert texts(branches) == ["16", "99"]
    branches.open(branches.roots[0])
    assert texts(branches) == before


def test_an_answer_opens_and_the_rest_is_told():
    branches = Branches.of([node(address=16), node(address=99)])
    root = branches.roots[0]
    branches.answer(root, node(address=16, children=below(16, 1), hidden=7), 0)
    assert texts(branches) == ["16", "  .user", "  .cart", "  ['k']", "  … 7", "99"]
    more = [(f"[{i}]", node(address=1000 + i)) for i in range(7)]
    branches.answer(root, node(address=16, children=more, hidden=0), 3)
    assert texts(branches)[4:] == [*(f"  [{i}]" for i in range(7)), "99"]
    assert len(known(root.children)) == 10


def test_what_was_open_below_stays_open_when_its_parent_is_asked_again():
    branches = Branches.of([node(address=16, children=below(16, 2))])
    again = node(address=16, children=below(16, 1))
    branches.answer(branches.roots[0], again, 0)
    assert "    .user" in texts(branches)


def test_a_line_is_found_by_its_place():
    branches = Branches.of([node(address=16, children=below(16, 2))])
    keys = [row.key for row in branches.rows]
    assert len(set(keys)) == len(keys)
    assert [branches.line_of(key) for key in keys] == list(range(len(keys)))
    assert branches.line_of((5,)) is None


def test_a_cycle_is_seen():
    inner = node(address=16)
    branches = Branches.of([node(address=16, children=[(".me", inner)])])
    root, child = branches.rows
    assert isinstance(root, Branch)
    assert isinstance(child, Branch)
    assert child.repeats
    assert not root.repeats
