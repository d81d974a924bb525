"""Which container keeps which growing type: it grew by the same number, and its entries are of the type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memtui.model.report import Confidence, Pattern

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memtui.model.report import Container, GrowingType

#: A container and a type grew by the same number if the two differ by no more than this share,
NEAR = 0.1
#: or by no more than this many objects, because they are counted at different moments.
NEAR_LEAST = 3
#: A container without a growing type is reported only if it grew by at least this many entries,
LEAST_ALONE = 20
#: and if these entries take at least this many bytes together.
WORTH_ALONE = 512 << 10
#: With a single sample: a container keeps a type if it holds at least this share of its objects.
HOLDS = 0.5

_MAPPINGS = ("dict", "OrderedDict", "defaultdict", "Counter", "WeakValueDictionary")
_CALLABLES = frozenset(
    {
        "method",
        "function",
        "builtin_function_or_method",
        "functools.partial",
        "weakref.WeakMethod",
        "weakref",
        "weakref.ReferenceType",
        "method-wrapper",
    }
)
_LISTENING = ("listen", "handler", "callback", "observer", "subscri", "hook", "signal", "watcher")
_QUEUEING = ("queue", "pending", "backlog", "inbox", "incoming", "outbox", "todo", "jobs", "spool")
#: Work that was started.  It is not queued, it waits for something; if many stay, that is a leak.
_TASKS = frozenset(
    {
        "_asyncio.Task",
        "_asyncio.Future",
        "asyncio.tasks.Task",
        "asyncio.futures.Future",
        "coroutine",
        "generator",
        "async_generator",
        "greenlet.greenlet",
        "gevent._gevent_cgreenlet.Greenlet",
    }
)
#: Work that waits in a queue.
_BACKLOG = frozenset({"concurrent.futures._base.Future", "concurrent.futures.thread._WorkItem"})
_THREADS = frozenset(
    {"threading.Thread", "_thread._local", "_thread._localdummy", "threading.Event"}
)
_TRACEBACKS = frozenset({"traceback", "frame"})
#: Entries that keep nothing alive.
_WEAK = frozenset({"weakref.ReferenceType", "weakref.KeyedRef", "weakref.WeakMethod", "weakref"})
#: Types that other objects are made of: they grow along with their owners.
_MATERIAL = frozenset(
    {
        *("dict", "list", "tuple", "set", "frozenset", "cell", "function", "method", "weakref"),
        *("builtin_function_or_method", "type", "property", "_thread.RLock", "_thread.lock"),
        *("collections.deque", "collections.defaultdict", "collections.OrderedDict"),
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """``container`` keeps ``row`` (None: no growing type); ``others`` grew along and may be below it."""

    container: Container
    row: GrowingType | None
    confidence: Confidence
    pattern: Pattern
    others: tuple[GrowingType, ...] = ()


def kind_of(name: str) -> Pattern | None:
    """The pattern that the type alone decides, whoever holds it."""
    if name in _BACKLOG:
        return Pattern.BACKLOG
    if name in _TASKS:
        return Pattern.TASKS
    if name in _THREADS:
        return Pattern.THREADS
    if name in _TRACEBACKS:
        return Pattern.TRACEBACKS
    return None


def is_material(name: str) -> bool:
    """Whether other objects are made of objects of this type."""
    return name in _MATERIAL or name in _WEAK


def keepers(
    growing: Sequence[GrowingType], containers: Sequence[Container]
) -> tuple[list[Match], list[GrowingType]]:
    """The matches, and the growing types that no match explains."""
    pairs = [
        (score, number, container, row)
        for container in containers
        for number, row in enumerate(growing)
        if (score := _score(container, row)) > 0
    ]
    pairs.sort(key=lambda pair: (-pair[0], is_material(pair[3].name), pair[1]))
    leading: dict[str, tuple[Container, GrowingType, int]] = {}
    used: set[int] = set()
    for score, _, container, row in pairs:
        if row.name not in leading and container.address not in used:
            leading[row.name] = (container, row, score)
            used.add(container.address)
    leaders = _without_echoes(leading)
    below: dict[str, list[GrowingType]] = {}
    for row in growing:
        if row.name not in leaders and (
            leader := _leader_of(row, [r for _, r, _ in leaders.values()])
        ):
            below.setdefault(leader.name, []).append(row)
    matches = [
        Match(held, row, _sureness(score, row), _pattern(held, row), tuple(below.get(row.name, ())))
        for held, row, score in leaders.values()
    ]
    matches += [_alone(each) for each in containers if each.address not in used and _is_worth(each)]
    explained = {row.name for match in matches for row in (match.row, *match.others) if row}
    left = [row for row in growing if row.name not in explained]
    if matches or any(not is_material(row.name) for row in left):
        # Material grew along with the other types, so a finding about it would not help.
        left = [row for row in left if not is_material(row.name)]
    return matches, left


def _without_echoes(
    leading: dict[str, tuple[Container, GrowingType, int]],
) -> dict[str, tuple[Container, GrowingType, int]]:
    """Drop containers that only grew by the same number as a type that another one is known to hold."""
    sure = [(held, row) for held, row, _ in leading.values() if held.main_entry == row.name]
    kept = {}
    for name, (held, row, score) in leading.items():
        echo = held.main_entry != row.name and any(
            other is not held and _is_near(held, another) for other, another in sure
        )
        if not echo:
            kept[name] = (held, row, score)
    return kept


def _is_near(container: Container, row: GrowingType) -> bool:
    """Whether both grew at about the same rate."""
    if container.delta is None or container.per_minute is None:
        return False
    expected = row.per_minute * container.span_s / 60 * row.retained / row.count_delta
    return abs(container.delta - expected) <= max(NEAR_LEAST, NEAR * expected)


def _score(container: Container, row: GrowingType) -> int:
    """How likely the container keeps the type: 0 for no, more is likelier."""
    if container.main_entry in _WEAK:
        return 0
    holds = any(name == row.name for name, _ in container.entries)
    mainly = container.main_entry == row.name
    if container.delta is None:
        if not mainly or container.length < HOLDS * row.count:
            return 0
        return 2 + (container.name is not None)
    near = _is_near(container, row)
    some = holds and container.delta >= row.retained / 4
    if not near and not some:
        return 0
    return 1 + 4 * mainly + 2 * near + (container.name is not None)


def _leader_of(row: GrowingType, leaders: Sequence[GrowingType]) -> GrowingType | None:
    """The leader that ``row`` grew along with: one that grew by the same number, else the first below it."""
    ranked = []
    for number, leader in enumerate(leaders):
        times = row.retained / leader.retained if leader.retained > 0 else 0.0
        if times >= 1 - NEAR or (is_material(row.name) and times > 0):
            ranked.append((not is_twin(row, leader), number, leader))
    return min(ranked, key=lambda each: each[:2])[2] if ranked else None


def is_twin(row: GrowingType, leader: GrowingType) -> bool:
    """Whether both grew by about the same number."""
    return is_near_number(row.retained, leader.retained)


def is_near_number(grown: int, leader: int) -> bool:
    """Whether one type grew by about as many objects as the other."""
    return abs(grown - leader) <= NEAR * leader


def _sureness(score: int, row: GrowingType) -> Confidence:
    if row.is_bounded:
        return Confidence.LOW
    if score >= 7:
        return Confidence.HIGH
    return Confidence.MEDIUM if score >= 3 else Confidence.LOW


def _alone(container: Container) -> Match:
    """A container whose growth no growing type explains: its entries may not be tracked."""
    entry = container.main_entry
    pattern = _pattern(container, None)
    if pattern is Pattern.BOUNDED:
        return Match(container, None, Confidence.LOW, pattern)
    large = container.entry_size >= 512 and entry not in _MATERIAL
    if large and pattern in {Pattern.CACHE, Pattern.BACKLOG}:
        pattern = Pattern.UNTRACKED
    return Match(container, None, Confidence.MEDIUM, pattern)


def _is_worth(container: Container) -> bool:
    if container.delta is None or container.delta < LEAST_ALONE or container.main_entry in _WEAK:
        return False
    return container.is_bounded or container.delta * (container.entry_size + 8) >= WORTH_ALONE


def _pattern(container: Container, row: GrowingType | None) -> Pattern:
    if container.is_bounded:
        return Pattern.BOUNDED
    if row is not None and row.is_bounded:
        return Pattern.FILLING
    name = (container.name or "").lower()
    kind = kind_of(row.name) if row is not None else None
    if kind is None and container.main_entry is not None:
        kind = kind_of(container.main_entry)
    if name.startswith("lru_cache of "):
        return Pattern.LRU_CACHE
    return kind or _by_name(name, container.main_entry)


def _by_name(name: str, entry: str | None) -> Pattern:
    """The pattern that the name of a container, or what is in it, suggests."""
    if entry in _CALLABLES or any(word in name for word in _LISTENING):
        return Pattern.LISTENERS
    if any(word in name for word in _QUEUEING):
        return Pattern.BACKLOG
    return Pattern.CACHE
