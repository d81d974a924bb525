"""Which container keeps which growing type: it grew by the same number, and its entries are of the type."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memtui.model.report import Confidence, Pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from memtui.model.report import Container, GrowingType

#: A container and a type grew by the same number if the two differ by no more than this share,
NEAR = 0.1
#: or by no more than this many objects, because they are counted at different moments.
NEAR_LEAST = 3
#: A container without a growing type is reported only if it grew by at least this many entries;
LEAST_ALONE = 20
#: if these entries take fewer bytes together than this, it is one of a few, and with low confidence.
WORTH_ALONE = 512 << 10
_FEW_ALONE = 3
#: In fewer rounds a jump cannot be told from growth.
_ROUNDS = 3
#: From this score on both the entries and the number are those of the type.
_SURE = 8
#: Material comes in up to so many pieces for each object that is made of it.
_PIECES = 12
#: With a single sample: a container keeps a type if it holds at least this share of its objects.
HOLDS = 0.5

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
        "greenlet.greenlet",
        "gevent._gevent_cgreenlet.Greenlet",
    }
)
#: Work that waits in a queue.
_BACKLOG = frozenset({"concurrent.futures._base.Future", "concurrent.futures.thread._WorkItem"})
_THREADS = frozenset({"threading.Thread", "_thread._local", "_thread._localdummy"})
#: Entries that keep nothing alive.
_WEAK = frozenset({"weakref.ReferenceType", "weakref.KeyedRef", "weakref.WeakMethod", "weakref"})
#: Types that other objects are made of: they grow along with their owners.
_MATERIAL = frozenset(
    {
        *("dict", "list", "tuple", "set", "frozenset", "cell", "function", "method", "weakref"),
        *("builtin_function_or_method", "type", "property", "_thread.RLock", "_thread.lock"),
        *("collections.deque", "collections.defaultdict", "collections.OrderedDict", "frame"),
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """``container`` keeps ``row`` (None: no growing type); ``others`` grew along and may be below it.

    ``hint`` says what the pattern was guessed from ("": it was not guessed).
    """

    container: Container
    row: GrowingType | None
    confidence: Confidence
    pattern: Pattern
    others: tuple[GrowingType, ...] = ()
    hint: str = ""


def kind_of(name: str) -> Pattern | None:
    """The pattern that the type alone decides, whoever holds it."""
    if name in _BACKLOG:
        return Pattern.BACKLOG
    if name in _TASKS:
        return Pattern.TASKS
    if name in _THREADS:
        return Pattern.THREADS
    return Pattern.TRACEBACKS if name == "traceback" else None


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
    pairs.sort(
        key=lambda pair: (-pair[0], is_material(pair[3].name), not _is_beside(*pair[2:]), pair[1])
    )
    leading: dict[str, tuple[Container, GrowingType, int]] = {}
    used: set[int] = set()
    for score, _, container, row in pairs:
        if row.name not in leading and container.address not in used:
            leading[row.name] = (container, row, score)
            used.add(container.address)
    leaders = _without_echoes(leading)
    below: dict[str, list[GrowingType]] = {}
    for row in growing:
        if row.name not in leaders and (leader := _leader_of(row, list(leaders.values()))):
            below.setdefault(leader.name, []).append(row)
    matches = [
        _kept(held, row, score, tuple(below.get(row.name, ())))
        for held, row, score in leaders.values()
    ]
    explained = {row.name for match in matches for row in (match.row, *match.others) if row}
    left = [row for row in growing if row.name not in explained]
    matches += _alone([each for each in containers if each.address not in used], left)
    # Material grew along with what is made of it, so a finding about it would not help.
    made = [row.retained for row in left if not is_material(row.name)]
    made += [match.container.delta or 0 for match in matches]
    return matches, [row for row in left if not _is_material_of(row, made)]


def _is_beside(container: Container, row: GrowingType) -> bool:
    """Whether both are of one package: such a type says more of a container than a library's."""
    return (container.name or "").partition(".")[0] == row.name.partition(".")[0]


def _is_material_of(row: GrowingType, made: Iterable[int]) -> bool:
    return is_material(row.name) and any(row.retained <= _PIECES * many for many in made)


def _without_echoes(
    leading: dict[str, tuple[Container, GrowingType, int]],
) -> dict[str, tuple[Container, GrowingType, int]]:
    """Drop containers that only grew by the same number as a type that another one is known to hold."""
    sure = [(held, row) for held, row, _ in leading.values() if held.main_entry == row.name]
    kept = {}
    for name, (held, row, score) in leading.items():
        echo = held.main_entry != row.name and any(
            other is not held and is_near(held, another) for other, another in sure
        )
        if not echo:
            kept[name] = (held, row, score)
    return kept


def is_near(container: Container, row: GrowingType) -> bool:
    """Whether both grew at about the same rate."""
    if container.delta is None or container.per_minute is None:
        return False
    expected = row.per_minute * container.span_s / 60 * row.retained / row.count_delta
    return abs(container.delta - expected) <= max(NEAR_LEAST, NEAR * expected)


def _score(container: Container, row: GrowingType) -> int:
    """How likely the container keeps the type: more is likelier, 0 if none was seen in or below its entries."""
    seen = row.name in container.below or any(name == row.name for name, _ in container.entries)
    if container.main_entry in _WEAK or not seen:
        return 0
    mainly = container.main_entry == row.name
    if container.delta is None:
        if not mainly or container.length < HOLDS * row.count:
            return 0
        return 2 + (container.name is not None)
    near = is_near(container, row)
    if not near and container.delta < row.retained / 4:
        return 0
    return 2 + 4 * mainly + 2 * near + (container.name is not None)


def _leader_of(
    row: GrowingType, leaders: Sequence[tuple[Container, GrowingType, int]]
) -> GrowingType | None:
    """The leader that ``row`` grew along with: one that grew by the same number, else the first below it.

    What only grew by as many as something that will stop growing may be a leak of its own.
    """
    ranked = []
    for number, (held, leader, _) in enumerate(leaders):
        times = row.retained / leader.retained if leader.retained > 0 else 0.0
        seen = row.name in held.below and 0 < times <= _PIECES
        material = is_material(row.name) and 0 < times <= _PIECES
        ends = held.is_bounded or leader.is_bounded
        if seen or material or (times >= 1 - NEAR and not ends):
            ranked.append((not seen, not is_twin(row, leader), number, leader))
    return min(ranked, key=lambda each: each[:3])[3] if ranked else None


def is_twin(row: GrowingType, leader: GrowingType) -> bool:
    """Whether both grew by about the same number."""
    return is_near_number(row.retained, leader.retained)


def is_near_number(grown: int, leader: int) -> bool:
    """Whether one type grew by about as many objects as the other."""
    return abs(grown - leader) <= NEAR * leader


def _kept(
    container: Container, row: GrowingType, score: int, others: tuple[GrowingType, ...]
) -> Match:
    pattern, hint = _pattern(container, row)
    return Match(container, row, _sureness(score, container, row), pattern, others, hint)


def _sureness(score: int, container: Container, row: GrowingType) -> Confidence:
    if row.is_bounded or is_perhaps_limited(container) or row.rounds < _ROUNDS:
        return Confidence.LOW
    if score >= _SURE:
        return Confidence.HIGH
    return Confidence.MEDIUM if score >= 3 else Confidence.LOW


def is_perhaps_limited(container: Container) -> bool:
    """Whether a number beside it may be its limit, and it is not longer."""
    return container.beside is not None and container.length <= container.beside


def _alone(containers: Sequence[Container], left: Sequence[GrowingType]) -> list[Match]:
    """Containers whose growth no growing type explains: their entries may not be tracked.

    Small ones that grew by as many as a type that is ``left`` are told with that type.
    """
    worth, little = [], []
    for each in containers:
        if (each.delta or 0) < LEAST_ALONE or each.main_entry in _WEAK:
            continue
        size = (each.delta or 0) * (each.entry_size + 8)
        if each.is_bounded or size >= WORTH_ALONE:
            worth.append(each)
        elif each.name is not None and not any(is_near(each, row) for row in left):
            little.append((size, each))
    little.sort(key=lambda pair: -pair[0])
    # Twice is not often: what rises and falls may have risen between two looks.
    found = [_one_alone(each, sure=len(each.lengths) > 2) for each in worth]
    return found + [_one_alone(each, sure=False) for _, each in little[:_FEW_ALONE]]


def _one_alone(container: Container, *, sure: bool) -> Match:
    pattern, hint = _pattern(container, None)
    large = container.entry_size >= 512 and container.main_entry not in _MATERIAL
    if large and pattern in {Pattern.CACHE, Pattern.BACKLOG}:
        pattern, hint = Pattern.UNTRACKED, ""
    sure = sure and not is_perhaps_limited(container)
    confidence = Confidence.MEDIUM if sure else Confidence.LOW
    return Match(container, None, confidence, pattern, hint=hint)


def _pattern(container: Container, row: GrowingType | None) -> tuple[Pattern, str]:
    """The pattern, and what it was guessed from ("": it was seen)."""
    if container.is_bounded:
        return Pattern.BOUNDED, ""
    if row is not None and row.is_bounded:
        return Pattern.FILLING, ""
    kind = kind_of(row.name) if row is not None else None
    if kind is None and container.main_entry is not None:
        kind = kind_of(container.main_entry)
    if (container.name or "").startswith("lru_cache of "):
        return Pattern.LRU_CACHE, ""
    return (kind, "") if kind is not None else _by_name(container)


def _by_name(container: Container) -> tuple[Pattern, str]:
    """The pattern that the name of a container, or what is in it, suggests."""
    # Of the name only the variable itself: a module called jobs has caches, too.
    name = re.sub(r"\[[^\]]*\]", "", container.name or "").rpartition(".")[2].lower()
    if any(word in name for word in _QUEUEING):
        return Pattern.BACKLOG, "its name suggests a queue"
    if any(word in name for word in _LISTENING):
        return Pattern.LISTENERS, "its name suggests listeners"
    if container.main_entry in _CALLABLES:
        return Pattern.LISTENERS, "its entries can be called: they may be listeners"
    return Pattern.CACHE, ""
