"""The DOT text of a reference graph: drawn from what the agent sent, by objgraph."""

import shutil
import subprocess

import pytest

from memtui.graph.dot import reference_graph
from memtui.verbs.node import Edge, Node
from tests.support.making import make


def node(
    type_: str, address: int, preview: str, *children: tuple[str, Node], hidden: int = 0
) -> Node:
    return make(
        Node,
        type_,
        address,
        64,
        preview,
        children=tuple(make(Edge, *c) for c in children),
        hidden=hidden,
    )


@pytest.fixture
def cart() -> Node:
    shared = node("dict", 0x30, "dict[2]")
    return node(
        "shop.Session",
        0x10,
        "shop.Session",
        (".user", node("str", 0x20, "'al\"ice\\n'")),
        (".cart", shared),
        (".again", shared),
        hidden=7,
    )


def test_each_object_is_one_box_and_each_reference_an_arrow(cart: Node) -> None:
    dot = reference_graph(cart)
    assert dot.startswith("digraph ObjectGraph {")
    assert dot.count('label="shop.Session\\n') == 1
    assert dot.count("->") == 2
    assert "7 more referents not shown" in dot
    assert "0x10 · 64 B" in dot


def test_edges_carry_their_names(cart: Node) -> None:
    dot = reference_graph(cart)
    assert 'label="attribute\\n.user"' in dot
    assert 'label="attribute\\n.cart, .again"' in dot


def test_a_cycle_ends(cart: Node) -> None:
    inner = node("list", 0x40, "list[1]", ("[0]", node("shop.Session", 0x10, "shop.Session")))
    dot = reference_graph(node("shop.Session", 0x10, "shop.Session", (".loop", inner)))
    assert dot.count("->") == 2


@pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz is not installed")
def test_graphviz_accepts_it(cart: Node) -> None:
    subprocess.run(
        ["dot", "-Tsvg"], input=reference_graph(cart).encode(), check=True, capture_output=True
    )


def test_several_roots_share_one_graph(cart: Node) -> None:
    other = node("shop.Session", 0x50, "shop.Session", (".cart", node("dict", 0x30, "dict[2]")))
    dot = reference_graph(cart, other)
    assert dot.count('label="dict') == 1
    assert dot.count("->") == 3
