"""The report of one diagnosis: figures of a run, what they add up to, and what they leave open."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from memtui.model.cost import Cost

if TYPE_CHECKING:
    from collections.abc import Mapping

    from memtui.model.interpreters import Interpreters, OutsideGrowth
    from memtui.model.process import Process


class Name(str):
    """A name that came from the target: it must be quoted in output."""

    __slots__ = ()


#: A sentence: plain words of ours, and names of the target's among them.
Words = tuple[str, ...]


def plain_words(words: Words) -> str:
    """The sentence as one text."""
    return "".join(words)


class Confidence(StrEnum):
    """How far the evidence of a finding carries."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Pattern(StrEnum):
    """What a leak looks like; each has its recommendation."""

    CACHE = "container that grows"
    LRU_CACHE = "lru_cache that grows"
    LISTENERS = "listeners that pile up"
    GARBAGE = "cyclic garbage"
    BOUNDED = "container with a bound"
    FILLING = "growth that slows down or falls back"
    UNTRACKED = "large values"
    NATIVE = "memory outside tracked objects"
    ELSEWHERE = "memory that another interpreter may hold"
    THREADS = "threads or thread locals"
    BACKLOG = "work that piles up"
    TASKS = "tasks that pile up"
    TRACEBACKS = "tracebacks kept"
    UNKNOWN = "growth, holder not known"
    NONE = "no steady growth seen"
    UNMEASURED = "growth not measured"


@dataclass(frozen=True, slots=True)
class Total:
    """All tracked objects at one moment (seconds since the epoch); ``size`` is shallow, in bytes."""

    at: float
    objects: int
    size: int


@dataclass(frozen=True, slots=True)
class TypeTotal:
    """One type at the end of the run; ``share`` (0 to 1) is of all shallow bytes."""

    name: str
    count: int
    size: int
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class GrowingType:
    """A type that kept growing.

    ``trend`` are its counts at the ends of the rounds, ``grew`` and ``shrank`` in how many of
    ``rounds`` it did; ``freed`` how many of its objects the collection at the end freed at least (None:
    there was no collection), ``unlisted`` how many more it freed whose types are not known.
    """

    name: str
    count: int
    size: int
    count_delta: int
    size_delta: int
    per_minute: float
    grew: int
    shrank: int
    rounds: int
    trend: tuple[int, ...]
    freed: int | None = None
    unlisted: int = 0

    @property
    def retained(self) -> int:
        """By how many it grew for good, at least: what the collection freed may be older."""
        return self.count_delta - (self.freed or 0)

    @property
    def is_given_back(self) -> bool:
        """Whether the collection freed about as many as came."""
        return self.freed is not None and 10 * self.freed >= 9 * self.count_delta

    @property
    def may_be_given_back(self) -> bool:
        """Whether it may have freed half as many as came or more: the rest may be there for a while only."""
        return self.freed is not None and 2 * (self.freed + self.unlisted) >= self.count_delta

    @property
    def is_slowing(self) -> bool:
        """Whether the last third brought less than a tenth of it, as when a cache fills up."""
        if len(self.trend) < 5:
            return False
        late = self.trend[-1 - len(self.trend) // 3]
        return 10 * (self.trend[-1] - late) < self.trend[-1] - self.trend[0]

    @property
    def is_sawtooth(self) -> bool:
        """Whether at least half of the new objects went away at once, as when a cache is emptied."""
        peak = self.trend[0] if self.trend else 0
        for count in self.trend:
            if peak > self.trend[0] and 2 * (peak - count) >= peak - self.trend[0]:
                return True
            peak = max(peak, count)
        return False

    @property
    def is_bounded(self) -> bool:
        """Whether the shape of its growth shows that it will not continue."""
        return self.is_slowing or self.is_sawtooth


@dataclass(frozen=True, slots=True, eq=False)
class Container:
    """A container that grew by ``delta`` entries to ``length`` between two looks at it.

    The looks are ``span_s`` seconds apart.  ``name`` is the expression for it in Python (None: its
    holder is unknown), ``kind`` the kind of place.  ``delta`` is None after a single look.
    ``lengths`` has the length at each look.  ``entries`` are the types of the entries that were
    examined, with their number, ``entry_size`` their mean shallow size in bytes; ``below`` the types of
    what its last entries and earlier ones have for themselves, up to two levels down.  ``cache`` is the
    address of the ``lru_cache`` with a bound that it belongs to.  ``bound`` is the
    most entries it can have, if it has a limit; ``beside`` a number in an attribute next to it that is
    called like a limit.  ``seen_in`` is how many members of a family were seen both times.
    """

    address: int
    type: str
    length: int
    delta: int | None = None
    span_s: float = 0.0
    lengths: tuple[int, ...] = ()
    name: str | None = None
    kind: str = ""
    entries: tuple[tuple[str, int], ...] = ()
    entry_size: float = 0.0
    below: frozenset[str] = frozenset()
    cache: int | None = None
    bound: int | None = None
    beside: int | None = None
    seen_in: int | None = None

    @property
    def is_bounded(self) -> bool:
        """Whether it has a limit on its entries, and respects it."""
        return self.bound is not None and self.length <= self.bound

    @property
    def per_minute(self) -> float | None:
        """Entries added a minute; None after a single look."""
        return self.delta / self.span_s * 60 if self.delta is not None and self.span_s else None

    @property
    def main_entry(self) -> str | None:
        """The most frequent type of the entries that were examined."""
        return self.entries[0][0] if self.entries else None


@dataclass(frozen=True, slots=True)
class Collected:
    """What the one collection freed, of how many objects and bytes, and how long it took.

    ``freed`` is the collector's own number; ``agrees`` says whether ``types``, counted before and after,
    have as many.
    """

    at: float
    freed: int
    size: int
    pause: float
    rss_before: int | None
    rss_after: int | None
    uncollectable: int
    agrees: bool = True
    types: tuple[tuple[str, int, int], ...] = ()

    @property
    def listed(self) -> int:
        """How many objects ``types`` have together."""
        return sum(count for _, count, _ in self.types)


@dataclass(frozen=True, slots=True)
class Estimated:
    """An estimate of what the collector does not track, made ``at`` a moment: sentences, and largest types."""

    at: float
    texts: tuple[str, ...]
    types: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """One thing that the figures say.  ``type`` is what grows, ``holder`` who keeps it, if known."""

    pattern: Pattern
    title: Words
    evidence: tuple[Words, ...]
    recommendation: Words
    confidence: Confidence
    type: str | None = None
    holder: Container | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """Everything that is in the report.  Instants in seconds since the epoch, sizes in bytes.

    ``source`` is ``live`` or ``dashboard history``; ``rss`` are (at, RSS); ``rss_rate`` bytes a
    minute, the median of all slopes; ``threads`` how many there were, from the first look to the last.
    ``steady`` are containers whose length stays while their entries change.  ``modules`` has the
    loaded module of each type in ``growing``, where it is known.
    ``unknown`` says what the run leaves open; ``cut_short`` why it ended before its time ("": it did
    not).  ``verdict`` is one of leak, garbage, backlog, native, none, unknown.  ``interpreters``
    are those of the process (None: unknown); only the main one is examined, ``elsewhere`` has others that
    were counted from outside.  ``notes`` are facts about
    the process that explain figures.
    """

    process: Process
    python: str
    method: str
    source: str
    taken_at: float
    for_s: float
    rounds: int
    censuses: int
    first: Total
    last: Total
    largest: tuple[TypeTotal, ...]
    most: tuple[TypeTotal, ...]
    growing: tuple[GrowingType, ...]
    rss: tuple[tuple[float, int], ...] = ()
    rss_rate: float | None = None
    threads: tuple[int | None, ...] = (None,)
    collected: Collected | None = None
    containers: tuple[Container, ...] = ()
    steady: tuple[Container, ...] = ()
    modules: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    verdict: str = "none"
    unknown: tuple[Words, ...] = ()
    cut_short: str = ""
    frozen: int = 0
    interpreters: Interpreters | None = None
    elsewhere: tuple[OutsideGrowth, ...] = ()
    notes: tuple[str, ...] = ()
    estimate: Estimated | None = None
    redacted: bool = True
    cost: Cost = field(default_factory=Cost)
    attach_ms: float = 0.0
    longest_stop_ms: float = 0.0
