"""Containers of the target and their lengths: two samples show which of them grow.

There are two ways to find them.  The globals of modules, with the attributes below them, give
containers with a name.  The largest instances of the builtin containers give the others.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from memtui.diagnosis.limits import NO_LIMITS, Limits, is_cache, limits_of
from memtui.diagnosis.places import planned
from memtui.model.errors import RequestFailed
from memtui.model.redaction import shown_edge
from memtui.model.report import Container
from memtui.verbs.globals import globals_of
from memtui.verbs.instances import instances
from memtui.verbs.lengths import lengths
from memtui.verbs.modules import modules
from memtui.verbs.release import release, release_globals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from memtui.diagnosis.places import Place
    from memtui.verbs.asking import Asks
    from memtui.verbs.globals import Global
    from memtui.verbs.node import Node

#: The builtin containers; a sample includes their subclasses.
KINDS = ("dict", "list", "set", "collections.deque")
#: A sample stops when it has cost the target this much processor time, ms.
BUDGET_MS = 700.0
#: Whether the entries of a container changed is asked of those that have at least this many,
TURNING_LEAST = 50
#: and of so many of the longest ones at a time.
_MARKED = 200
#: What Python itself keeps in every module.
_STANDARD = frozenset(
    {
        *("__name__", "__doc__", "__package__", "__loader__", "__spec__", "__file__", "__cached__"),
        *(
            "__builtins__",
            "__path__",
            "__dict__",
            "__annotations__",
            "__annotations_cache__",
            "__all__",
        ),
    }
)
_INSIDE = (".__dict__", ".__bases__", ".__mro__", ".__globals__")
_ATOMS = frozenset({"str", "bytes", "bytearray", "int", "memoryview", "range"})


@dataclass(slots=True)
class Look:
    """The containers of one sample, by address.

    ``modules`` are loaded, and the globals of those in ``read`` were read; ``kinds`` were listed.

    ``origins`` says where each was found: through a global (``module:name``, ``module:``) or among the
    instances of a builtin kind.  ``times`` says when it was seen (seconds since the epoch).  ``cut`` are
    the names of families (``app.HISTORY[…]``) of which only a part is in the sample.  ``marks`` differ
    from one sample to the next where a container has other entries.
    """

    found: dict[int, Container] = field(default_factory=dict)
    origins: dict[int, str] = field(default_factory=dict)
    times: dict[int, float] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)
    marks: dict[int, tuple[int, ...]] = field(default_factory=dict)
    modules: frozenset[str] = frozenset()
    read: set[str] = field(default_factory=set)
    kinds: list[str] = field(default_factory=list)

    def take(self, container: Container, origin: str, at: float) -> None:
        """Record ``container`` as it was at time ``at``; of several names the shortest wins."""
        known = self.found.get(container.address)
        if known is not None:
            if container.name is None:
                return
            if known.name is not None and _rank(known.name) <= _rank(container.name):
                return
        self.found[container.address] = container
        self.origins[container.address] = origin
        self.times[container.address] = at


def _rank(name: str) -> tuple[int, int, str]:
    return name.count("["), len(name), name


async def look(
    session: Asks,
    *,
    redact: bool,
    wanted: Iterable[str] = (),
    heap: bool = True,
    libraries: bool = True,
) -> Look:
    """Sample every container that has a name, and with ``heap`` the 200 largest of each kind.

    Without ``heap`` the open page of instances stays open.  Of ``libraries`` only the longest containers
    are read, or none: reading all they have takes most of a sample.  So they come last, and those of the
    ``wanted`` modules after them.  With ``redact`` names do not show the keys of dicts.
    """
    seen = Look()
    began = session.total_cost.agent_ms
    loaded = await modules(session)
    seen.modules = frozenset(str(each.name) for each in loaded if each.globals is not None)
    program, installed = planned(loaded, dict.fromkeys(wanted))

    def is_dear() -> bool:
        return session.total_cost.agent_ms - began > BUDGET_MS

    for place in program:
        if not is_dear():
            await _read(session, seen, place, redact=redact)
    for kind in KINDS if heap else ():
        if not is_dear():
            await _list(session, seen, kind)
    for place in installed if libraries else ():
        if not is_dear():
            await _read(session, seen, place, redact=redact)
    await release_globals(session)
    if heap:
        await release(session)
    return seen


async def _read(session: Asks, seen: Look, place: Place, *, redact: bool) -> None:
    """Take the containers below the globals of a module."""
    asked = time.time()
    try:
        answer = await globals_of(
            session, place.module, place.name, depth=place.depth, limit=place.limit
        )
    except RequestFailed:
        return  # unloaded since, or not a module: go on with the others
    at = (asked + time.time()) / 2
    found = list(
        chain.from_iterable(_named(place.module, row, redact, seen.cut) for row in answer.globals)
    )
    seen.read.add(place.module)
    for each in found:
        seen.take(each, f"{place.module}:{place.name or ''}", at)
    await _mark(session, seen, found)


async def _list(session: Asks, seen: Look, kind: str) -> None:
    """Take the largest containers of a kind."""
    asked = time.time()
    found = await largest(session, kind)
    at = (asked + time.time()) / 2
    seen.kinds.append(kind)
    for each in found:
        seen.take(each, kind, at)
    await _mark(session, seen, found)


async def _mark(session: Asks, seen: Look, found: Iterable[Container]) -> None:
    """Ask for the marks of the longest containers of those that were just ``found``: they are open."""
    wanted = {
        each.address: each.length
        for each in found
        if each.length >= TURNING_LEAST and each.address not in seen.marks
    }
    if not wanted:
        return
    longest = sorted(wanted, key=lambda address: -wanted[address])[:_MARKED]
    answer = await lengths(session, longest, marks=True)
    for address, mark in zip(answer.addresses, answer.marks, strict=True):
        if mark is not None:
            seen.marks[address] = mark


async def largest(session: Asks, kind: str) -> list[Container]:
    """The 200 largest containers of a builtin kind and its subclasses; they become the open page."""
    try:
        page = await instances(session, kind, subclasses=True)
    except RequestFailed as error:
        if error.code != "no-such-type":
            raise
        return []
    return [
        Container(node.address, node.type, node.length, bound=node.bound)
        for node in page.instances
        if node.length is not None
    ]


def _named(module: str, row: Global, redact: bool, cut: set[str]) -> Iterator[Container]:
    """One global, and the containers below it; adds to ``cut`` the families that are not whole."""
    if row.name in _STANDARD:
        return
    name = f"{module}.{row.name}"
    yield from _below(name, "module global", row.value, redact)
    cut.update(_cut_below(name, row.value, redact))


def _below(
    name: str, kind: str, node: Node, redact: bool, limits: Limits = NO_LIMITS
) -> Iterator[Container]:
    if node.type == "module":
        return
    if node.length is not None and node.type not in _ATOMS:
        yield Container(
            node.address,
            node.type,
            node.length,
            name=name,
            kind=kind,
            bound=node.bound if node.bound is not None else limits.bound,
            beside=limits.beside,
            cache=limits.cache,
        )
    for edge in node.children:
        if edge.edge.startswith(_INSIDE):
            continue
        below, place = (
            name + shown_edge(edge.edge, node.type, redact=redact),
            _place(node.type, edge.edge),
        )
        if is_cache(node, edge):
            below, place = f"lru_cache of {name}", "lru-cache"
        yield from _below(below, place, edge.node, redact, limits_of(node, edge))


def _cut_below(name: str, node: Node, redact: bool) -> Iterator[str]:
    """Names of the families below ``node`` that were not listed whole."""
    if node.hidden and node.length is not None:
        yield name + "[…]"
    for edge in node.children:
        if not edge.edge.startswith(_INSIDE) and edge.node.type != "module":
            below = name + shown_edge(edge.edge, node.type, redact=redact)
            yield from _cut_below(below, edge.node, redact)


def _place(parent: str, edge: str) -> str:
    if edge.startswith("["):
        return "entry of a container"
    if edge.startswith((".__defaults__", ".__kwdefaults__")):
        return "default argument"
    if parent == "function":
        return "function attribute"
    return "class attribute" if parent == "type" else "attribute"
