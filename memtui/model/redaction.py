"""What is shown without what the program keeps in it: shapes stay, values are withheld."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from memtui.model.instances import Edge, Node
from memtui.model.watch import UNREADABLE

if TYPE_CHECKING:
    from memtui.model.globals import Global
    from memtui.model.instances import Page
    from memtui.model.watch import Call

#: Types whose preview is a name in the program's code, or nothing that could be secret.
_NAMES = frozenset(
    {
        "type",
        "module",
        "function",
        "builtin_function_or_method",
        "method",
        "method_descriptor",
        "wrapper_descriptor",
        "code",
        "frame",
        "generator",
        "coroutine",
        "async_generator",
        "cell",
        "NoneType",
        "ellipsis",
        UNREADABLE,
    }
)

_SEQUENCES = frozenset({"list", "tuple", "collections.deque"})


def shown_edge(edge: Edge, parent: str, redact: bool) -> str:
    """The edge as it is told: keys of dicts are values of the program, and withheld if ``redact``."""
    hidden = redact and edge.edge.startswith("[") and parent not in _SEQUENCES
    return "[…]" if hidden else edge.edge


def redacted_node(node: Node) -> Node:
    """``node`` and all below it without their values and without the keys of dicts."""
    # Of an instance of the program's own types the preview is the name of the type.
    named = f".{node.type}".endswith(f".{node.preview}")
    kept = node.type in _NAMES or not node.preview or named
    return replace(
        node,
        preview=node.preview if kept else "",
        redacted=not kept,
        children=tuple(
            Edge(shown_edge(each, node.type, redact=True), redacted_node(each.node))
            for each in node.children
        ),
    )


def redacted_page(page: Page) -> Page:
    """A page of instances, and what an expression gave for them."""
    return replace(
        page,
        instances=tuple(map(redacted_node, page.instances)),
        values=tuple(map(redacted_node, page.values)),
    )


def redacted_global(row: Global) -> Global:
    """A global; where the longest container in it lies is told but for keys."""
    edge = row.edge
    if edge is not None:
        edge = shown_edge(Edge(edge, row.value), row.value.type, redact=True)
    return replace(row, value=redacted_node(row.value), edge=edge)


def redacted_call(call: Call) -> Call:
    """A call; of what was raised the type is left."""
    error = call.error
    if error is not None:
        kind, colon, _ = error.partition(":")
        error = f"{kind}: …" if colon else kind
    return replace(call, value=redacted_node(call.value), error=error)


def redacted_cmdline(cmdline: str) -> str:
    """The command line as far as it names the program: the interpreter, its options, the script.

    What comes after the script or module, and the code of ``-c``, is withheld.
    """
    words = cmdline.split()
    for place, word in enumerate(words[1:], 1):
        if words[place - 1] in {"-X", "-W"}:
            continue
        if word == "-c":
            return " ".join([*words[: place + 1], "…"])
        if word == "-m":
            kept = words[: place + 2]
        elif word.startswith("-"):
            continue
        else:
            kept = words[: place + 1]
        return " ".join(kept if len(kept) == len(words) else [*kept, "…"])
    return " ".join(words)
