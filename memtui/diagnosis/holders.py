"""What a growing container holds, and who holds it if no global leads to it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from memtui.diagnosis.containers import (
    BUDGET_MS,
    DEPTH,
    KINDS,
    is_standard,
    largest,
    limit_in,
)
from memtui.model.errors import RequestFailed
from memtui.model.redaction import shown_edge
from memtui.verbs.expand import expand
from memtui.verbs.globals import globals_of
from memtui.verbs.instances import instances
from memtui.verbs.release import release, release_globals

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from memtui.diagnosis.containers import Look
    from memtui.model.report import Container
    from memtui.verbs.asking import Asks
    from memtui.verbs.census import Census
    from memtui.verbs.node import Edge, Node

#: The most containers whose entries are read; those that grew the most come first.
_LOOKED_INTO = 12
#: The most entries that are read of each: the last ones.
_ENTRIES = 50
#: The most types whose instances are searched for the owner of a container.
_OWNERS = 25
#: A type with more instances than this is not searched: its name would not identify the owner.
_FEW = 200
#: Builtin types whose instances hold objects of the program.
_HOLDING = (
    "functools._lru_cache_wrapper",
    "functools.partial",
    "generator",
    "coroutine",
    "async_generator",
    "cell",
    "_asyncio.Task",
)

#: What runs a function, whose name and line say more than the type; by type.
_RUNNING = {
    "generator": "generator",
    "coroutine": "coroutine",
    "async_generator": "async generator",
    "_asyncio.Task": "task of",
    "threading.Thread": "thread of",
}


async def describe(
    session: Asks, containers: Sequence[Container], look: Look, census: Census, *, redact: bool
) -> list[Container]:
    """The first of ``containers``, with the types of their entries, and with the names found for them."""
    chosen = list(containers[:_LOOKED_INTO])
    began = session.total_cost.agent_ms
    told: dict[int, Container] = {}
    for origin in dict.fromkeys(look.origins[each.address] for each in chosen):
        await _open(session, origin)
        for each in chosen:
            if look.origins[each.address] == origin:
                told[each.address] = await _with_entries(session, each)
    nameless = {each.address for each in chosen if each.name is None}
    opened = any(look.origins[each.address] in KINDS for each in chosen) or bool(nameless)
    for owner in _owners(census):
        if not nameless or session.total_cost.agent_ms - began > BUDGET_MS:
            break
        for address, (name, limit) in (await _owned(session, owner, nameless, redact)).items():
            bound = limit if told[address].bound is None else told[address].bound
            told[address] = replace(
                told[address], name=name, kind="attribute of an instance", bound=bound
            )
            nameless.discard(address)
    if opened:
        await release(session)
    await release_globals(session)
    return [told[each.address] for each in chosen]


async def _open(session: Asks, origin: str) -> None:
    if origin in KINDS:
        await largest(session, origin)
        return
    try:
        module, _, name = origin.partition(":")
        await globals_of(session, module, name or None, depth=DEPTH)
    except RequestFailed:
        return  # unloaded meanwhile: its containers are not on the page


async def _with_entries(session: Asks, container: Container) -> Container:
    offset = max(0, container.length - _ENTRIES)
    try:
        answer = await expand(session, container.address, offset=offset, limit=_ENTRIES)
    except RequestFailed:
        return container  # it was dropped meanwhile
    if answer.node.type != container.type:
        return container
    kinds, size, many = _kept_in(answer.node.children)
    return replace(container, entries=kinds, entry_size=size / many) if many else container


def _kept_in(children: Sequence[Edge]) -> tuple[tuple[tuple[str, int], ...], float, int]:
    """(types with their numbers, bytes, entries) of what entries keep: values, and keys of dicts.

    One object that most entries share (``True``, a constant text) is not what they keep.
    """
    keys = [edge.node for edge in children if edge.edge == "{key}"]
    values = [edge.node for edge in children if not edge.edge.startswith((".", "{key}"))]
    times = Counter(node.address for node in values)
    shared = {address for address, many in times.items() if 2 * many > len(values) > 1}
    kept = [node for node in values if node.address not in shared]
    texts = [edge.edge for edge in children if edge.edge.startswith(("['", '["'))]
    types = Counter(str(node.type) for node in (*kept, *keys))
    if not types and texts:
        types["str"] = len(texts)  # keys that are texts are told by their edges alone
    elif not types:
        types.update(str(node.type) for node in values)
    size = sum(node.size for node in (*kept, *keys))
    return tuple(types.most_common(3)), size, len(values)


def _owners(census: Census) -> list[str]:
    """Types with few instances: the program's own, the rarest first, then those in ``_HOLDING``."""
    counts = dict(zip(census.names, census.counts, strict=False))
    own = sorted(
        (count, name)
        for name, count in counts.items()
        if 0 < count <= _FEW and "." in name and not is_standard(name)
    )
    held = [name for name in _HOLDING if counts.get(name)]
    return [*(name for _, name in own[:_OWNERS]), *held]


async def _owned(
    session: Asks, owner: str, wanted: Iterable[int], redact: bool
) -> dict[int, tuple[str, int | None]]:
    """Names of the ``wanted`` addresses that instances of ``owner`` refer to, and their bounds there."""
    try:
        page = await instances(session, owner, depth=1)
    except RequestFailed:
        return {}
    found: dict[int, tuple[str, int | None]] = {}
    for node in page.instances:
        for edge in node.children:
            if edge.node.address in wanted:
                name = _owner_name(node) + shown_edge(edge.edge, node.type, redact=redact)
                found[edge.node.address] = name, node.bound or limit_in(node)
    return found


def _owner_name(node: Node) -> str:
    """The name of a holder: its type, such as ``app.Cache``, or the function that it runs or caches."""
    if node.type == "functools._lru_cache_wrapper":
        for edge in node.children:
            if edge.node.type == "function":
                return f"lru_cache of {edge.node.preview}"
    if node.type in _RUNNING and node.preview and not node.redacted:
        return f"{_RUNNING[node.type]} {node.preview}"
    return node.type
