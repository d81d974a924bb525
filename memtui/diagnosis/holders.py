"""What a growing container holds, and who holds it if no global leads to it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from memtui.diagnosis.containers import BUDGET_MS, KINDS, largest
from memtui.diagnosis.limits import Limits, is_cache, limits_of
from memtui.diagnosis.places import DEPTH, is_standard
from memtui.model.errors import RequestFailed
from memtui.model.redaction import shown_edge
from memtui.model.safe import Text
from memtui.verbs.expand import expand
from memtui.verbs.globals import globals_of
from memtui.verbs.instances import instances
from memtui.verbs.node import Edge
from memtui.verbs.release import release, release_globals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from memtui.diagnosis.containers import Look
    from memtui.model.report import Container
    from memtui.verbs.asking import Asks
    from memtui.verbs.census import Census
    from memtui.verbs.node import Node

#: The most entries that are read of each: the last ones.
_ENTRIES = 50
#: Keys and results of an ``lru_cache`` are told without a name.
_ENTRY = Text("[…]")
#: So many edges of it are followed further, in each of three places.
_DEEP = 4
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
    """``containers`` with the types of their entries, and with the names found for them."""
    began = session.total_cost.agent_ms
    told = list(containers)
    origins = [look.origins[each.address] for each in told]
    for origin in dict.fromkeys(origins):
        await _open(session, origin)
        for place, each in enumerate(told):
            if origins[place] == origin:
                length = look.found[each.address].length
                told[place] = await _with_entries(session, each, length)
    nameless = {each.address: place for place, each in enumerate(told) if each.name is None}
    opened = bool(nameless) or not set(KINDS).isdisjoint(origins)
    for owner in _owners(census):
        if not nameless or session.total_cost.agent_ms - began > BUDGET_MS:
            break
        for address, (name, limits) in (await _owned(session, owner, nameless, redact)).items():
            place = nameless.pop(address)
            told[place] = known = replace(
                told[place],
                name=name,
                kind="attribute of an instance",
                bound=limits.bound if told[place].bound is None else told[place].bound,
                beside=limits.beside,
                cache=limits.cache,
            )
            if limits.cache is not None:
                told[place] = await _with_entries(session, known, look.found[address].length)
    if opened:
        await release(session)
    await release_globals(session)
    return told


async def _open(session: Asks, origin: str) -> None:
    if origin in KINDS:
        await largest(session, origin)
        return
    try:
        module, _, name = origin.partition(":")
        await globals_of(session, module, name or None, depth=DEPTH)
    except RequestFailed:
        return  # unloaded meanwhile: its containers are not on the page


async def _with_entries(session: Asks, container: Container, length: int) -> Container:
    """``container`` with the types of its last entries; of a family, of those of its longest member.

    What an ``lru_cache`` with a bound keeps is told by itself: its dict has other objects.
    """
    address = container.address if container.cache is None else container.cache
    length = length if container.cache is None else 2 * length
    offset = max(0, length - _ENTRIES)
    try:
        answer = await expand(session, address, offset=offset, limit=_ENTRIES)
        if container.cache is None and answer.node.type != container.type:
            return container
        below = await _types_below(session, address, length)
    except RequestFailed:
        return container  # it was dropped meanwhile
    children = answer.node.children
    if container.cache is not None:
        children = tuple(Edge(_ENTRY, each.node) for each in children if _is_cached(each))
    kinds, size, many = _kept_in(children)
    if not many:
        return container
    return replace(container, entries=kinds, entry_size=size / many, below=below)


def _is_cached(edge: Edge) -> bool:
    """Whether an edge of an ``lru_cache`` leads to a key or a result."""
    return edge.edge == ".?" and edge.node.type not in {"dict", "function", "type"}


async def _types_below(session: Asks, address: int, length: int) -> frozenset[str]:
    """Types of what the last entries of a container, and earlier ones, have for themselves."""
    places = []
    for offset in dict.fromkeys((length - _DEEP, length // 2, 0)):
        if offset >= 0:
            answer = await expand(session, address, depth=3, offset=offset, limit=_DEEP)
            entries = (edge for edge in answer.node.children if not edge.edge.startswith(".__"))
            places.append({n.address: n for edge in entries for n in _all_below(edge.node)})
    if not places:
        return frozenset()
    own: list[set[str]] = []
    for place, inside in enumerate(places):
        others = set().union(*places[:place], *places[place + 1 :])
        own.append({str(n.type) for at, n in inside.items() if at not in others})
    return frozenset(own[0].intersection(set().union(*own[1:])) if own[1:] else own[0])


def _all_below(node: Node) -> Iterator[Node]:
    for edge in node.children:
        yield edge.node
        yield from _all_below(edge.node)


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
) -> dict[int, tuple[str, Limits]]:
    """Names of the ``wanted`` addresses that instances of ``owner`` refer to, and their limits there."""
    try:
        page = await instances(session, owner, depth=1)
    except RequestFailed:
        return {}
    found: dict[int, tuple[str, Limits]] = {}
    for node in page.instances:
        for edge in node.children:
            if edge.node.address in wanted:
                name = _owner_name(node)
                if not is_cache(node, edge):
                    name += shown_edge(edge.edge, node.type, redact=redact)
                found[edge.node.address] = name, limits_of(node, edge)
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
