"""Reference graphs in the DOT language, drawn by objgraph.

objgraph walks live objects, starts with a collection, and reads ``__class__`` and ``__dict__`` of
every object.  A guest must not do that in somebody's process, so objgraph never runs there.  Here it
walks mirrors: one small dict per node that the agent sent, of a type with the node's name.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import objgraph

from memtui.present.text import address_text, count_text, size_text

if TYPE_CHECKING:
    from memtui.verbs.node import Node

#: No node has more children than a page of the agent's answer.
_WIDEST = 200


#: objgraph shows the number of items of a mirror, which is not that of its object: drop that line.
_ITEMS = re.compile(r"\\n\d+ items\\n")


class _Name(str):
    """The name of an edge, which objgraph shows as its type's name and its repr."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


#: The kind of reference, by the first character of an edge.
_KINDS: dict[str, type[_Name]] = {
    ".": type("attribute", (_Name,), {}),
    "[": type("item", (_Name,), {}),
    "{": type("member", (_Name,), {}),
}


class _Mirror(dict[str, Any]):
    """The stand-in of one node; its items are the node's edges."""

    node: Node


def reference_graph(*roots: Node, depth: int = 6) -> str:
    """The expanded parts of ``roots`` as one DOT digraph: a box per object, an arrow per reference.

    Objects that appear under several parents are drawn once.  Boxes show type, shallow size and
    preview, and the number of referents that the agent left out.
    """
    mirrors: dict[int, _Mirror] = {}
    types: dict[str, type[_Mirror]] = {}
    output = io.StringIO()
    objgraph.show_refs(
        [_mirror(root, mirrors, types) for root in roots],
        max_depth=depth,
        too_many=_WIDEST + 1,
        filter=lambda item: isinstance(item, _Mirror),
        extra_info=_box,
        shortnames=True,
        output=output,
    )
    return _ITEMS.sub(r"\\n", output.getvalue())


def _mirror(node: Node, mirrors: dict[int, _Mirror], types: dict[str, type[_Mirror]]) -> _Mirror:
    mirror = mirrors.get(node.address)
    if mirror is None:
        kind = types.get(node.type)
        if kind is None:
            kind = types[node.type] = type(node.type, (_Mirror,), {})
        mirror = mirrors[node.address] = kind()
        mirror.node = node
    # The agent expands an object only once, however often it occurs: keep the node with children.
    for names, child in _edges(node).values():
        label = _KINDS.get(names[0][:1], _Name)
        mirror[label(", ".join(names))] = _mirror(child, mirrors, types)
    return mirror


def _edges(node: Node) -> dict[int, tuple[list[str], Node]]:
    """The children by address, each with the names of all edges to it."""
    edges: dict[int, tuple[list[str], Node]] = {}
    for edge in node.children:
        edges.setdefault(edge.node.address, ([], edge.node))[0].append(edge.edge)
    return edges


def _box(mirror: _Mirror) -> str:
    node = mirror.node
    lines = [f"{node.preview}", f"{address_text(node.address)} · {size_text(node.size)}"]
    if node.hidden:
        lines.append(f"{count_text(node.hidden)} more referents not shown")
    return "\n".join(lines)
