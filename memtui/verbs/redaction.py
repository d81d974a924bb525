"""Records without the values of the program: the structure stays, values are withheld."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar, cast

from memtui.model.redaction import shown_edge
from memtui.model.safe import Text
from memtui.present.words import WITHHELD
from memtui.verbs.asking import NO_PREVIEW
from memtui.verbs.expand import Expansion
from memtui.verbs.globals import Globals
from memtui.verbs.instances import Page
from memtui.verbs.node import Edge, Node
from memtui.verbs.threads import Threads
from memtui.verbs.watched import UNREADABLE, Calls

if TYPE_CHECKING:
    from memtui.verbs.globals import Global
    from memtui.verbs.watched import Call

Record = TypeVar("Record")

#: Types whose preview is a name in the program's code, or cannot be secret.
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
        "_asyncio.Task",
        "threading.Thread",
        "cell",
        "NoneType",
        "ellipsis",
        UNREADABLE,
    }
)

#: Names that Python itself gives to threads; others may be made of the program's values.
_NUMBERED = re.compile(
    r"MainThread|(Thread|Dummy)-\d+( \(\w+\))?|(ThreadPoolExecutor-\d+|asyncio)_\d+"
)


def redacted_node(node: Node) -> Node:
    """``node`` and all below it without their values and without the keys of dicts."""
    # The preview of an instance of the program's own types is the name of its type.
    named = f".{node.type}".endswith(f".{node.preview}")
    kept = node.type in _NAMES or not node.preview or named
    return replace(
        node,
        preview=node.preview if kept else NO_PREVIEW,
        redacted=not kept,
        children=tuple(
            Edge(_shown(each.edge, node), redacted_node(each.node)) for each in node.children
        ),
    )


def _shown(edge: Text, parent: Node) -> Text:
    return Text(shown_edge(edge, parent.type, redact=True))


def redacted_page(page: Page) -> Page:
    """A page of instances, and what an expression gave for them."""
    return replace(
        page,
        instances=tuple(map(redacted_node, page.instances)),
        values=tuple(map(redacted_node, page.values)),
    )


def redacted_global(row: Global) -> Global:
    """A global; the place of the longest container in it is shown without keys."""
    edge = None if row.edge is None else _shown(row.edge, row.value)
    return row._replace(value=redacted_node(row.value), edge=edge)


def redacted_threads(threads: Threads) -> Threads:
    """The threads; those that the program has named keep nothing of their names."""
    rows = tuple(each._replace(name=_thread_name(each.name)) for each in threads.threads)
    return replace(threads, threads=rows)


def _thread_name(name: Text | None) -> Text | None:
    return name if name is None or _NUMBERED.fullmatch(name) else Text(WITHHELD)


def redacted_call(call: Call) -> Call:
    """A call; an exception keeps only its type."""
    error = call.error
    if error is not None:
        kind, colon, _ = error.partition(":")
        error = Text(f"{kind}: …" if colon else kind)
    return replace(
        call, value=redacted_node(call.value), error=error, thread=_thread_name(call.thread)
    )


def redacted(record: Record) -> Record:
    """Any answer without the values of the program; most have none."""
    made: object = record
    if isinstance(record, Page):
        made = redacted_page(record)
    elif isinstance(record, Globals):
        made = replace(record, globals=tuple(map(redacted_global, record.globals)))
    elif isinstance(record, Expansion):
        made = replace(record, node=redacted_node(record.node))
    elif isinstance(record, Calls):
        made = replace(record, calls=tuple(map(redacted_call, record.calls)))
    elif isinstance(record, Threads):
        made = redacted_threads(record)
    return cast("Record", made)
