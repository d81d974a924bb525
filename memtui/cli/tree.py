"""An object and what it refers to, as indented lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memtui.cli.output import plain
from memtui.present.cells import cut
from memtui.present.text import address_text, count_text, size_text

if TYPE_CHECKING:
    from memtui.cli.output import Output
    from memtui.verbs.node import Node

_STEP = "  "


def write_tree(output: Output, node: Node, edge: str = "", level: int = 0) -> None:
    """Write ``node`` and everything below it that was expanded, one line an object."""
    lead = _STEP * level + (f"{edge}: " if edge else "")
    text = plain(lead + _described(node, with_address=level == 0))
    write = output.heading if level == 0 else output.line
    write(cut(text, output.width))
    for child in node.children:
        write_tree(output, child.node, child.edge, level + 1)
    if node.hidden and node.children:
        output.aside(_STEP * (level + 1) + f"… {count_text(node.hidden)} more")


def _described(node: Node, *, with_address: bool) -> str:
    parts = [node.kind]
    if with_address:
        parts.append(address_text(node.address))
    if node.shown and not node.type.endswith(node.shown):
        parts.append(node.shown)
    parts.append(f" {size_text(node.size)}")
    return " ".join(parts)
