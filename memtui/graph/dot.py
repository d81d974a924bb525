"""Reference graphs in the DOT language, drawn by objgraph.

objgraph walks live objects, collects garbage first and reads ``__class__`` and ``__dict__`` of
what it meets: nothing that a guest may do in somebody's process.  So it never runs there.  Here it
walks mirrors: one small dict per node that the agent sent, of a type that bears the node's name.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import objgraph

from memtui.model.text import address_text, count_text, size_text

if TYPE_CHECKING:
    from memtui.model.instances import Node

#: No node has more children than a page of the agent's answer.
_WIDEST = 200


class _Mirror(dict[str, Any]):
    """Stands for one node; its items are the node's edges."""

    node: Node


def reference_graph(root: Node, *, depth: int = 6) -> str:
    """The expanded part of ``root`` as a DOT digraph: one box an object, an arrow a reference.

    Objects that appear under several parents are drawn once.  Boxes show type, shallow size and
    preview; what the agent left out is told by its number.
    """
    mirrors: dict[int, _Mirror] = {}
    types: dict[str, type[_Mirror]] = {}
    output = io.StringIO()
    objgraph.show_refs(
        [_mirror(root, mirrors, types)],
        max_depth=depth,
        too_many=_WIDEST + 1,
        filter=lambda item: isinstance(item, _Mirror),
        extra_info=_box,
        shortnames=True,
        output=output,
    )
    return output.getvalue()


def _mirror(node: Node, mirrors: dict[int, _Mirror], types: dict[str, type[_Mirror]]) -> _Mirror:
    mirror = mirrors.get(node.address)
    if mirror is None:
        kind = types.get(node.type)
        if kind is None:
            kind = types[node.type] = type(node.type, (_Mirror,), {})
        mirror = mirrors[node.address] = kind()
        mirror.node = node
    # The agent expands an object that it meets twice only once: keep whichever has children.
    for edge in node.children:
        mirror[edge.edge] = _mirror(edge.node, mirrors, types)
    return mirror


def _box(mirror: _Mirror) -> str:
    node = mirror.node
    lines = [f"{node.preview}", f"{address_text(node.address)} · {size_text(node.size)}"]
    if node.hidden:
        lines.append(f"{count_text(node.hidden)} more referents not shown")
    return "\n".join(lines)
