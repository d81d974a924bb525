"""One measurement for a report: a count per round, samples of containers, a collection."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from memtui.diagnosis.changed import families, grown, steady
from memtui.diagnosis.containers import KINDS, look
from memtui.diagnosis.growing import ROUNDS, growing_names
from memtui.diagnosis.holders import describe
from memtui.diagnosis.matching import HOLDS
from memtui.model.errors import TargetGone
from memtui.present.text import count_text, counted
from memtui.present.words import COLLECTION_RUNS, next_count_text
from memtui.runs.counting import waiting, why_gone
from memtui.store.history import History
from memtui.verbs import collect as collecting
from memtui.verbs.census import census
from memtui.verbs.collector import collector

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from memtui.diagnosis.containers import Look
    from memtui.model.report import Container, Words
    from memtui.runs.counting import Measured
    from memtui.store.vitals import VitalsWatch
    from memtui.verbs.asking import Asks
    from memtui.verbs.census import Census
    from memtui.verbs.collect import Collection
    from memtui.verbs.collector import Collector

#: If one count takes more of the target's processor time than this, ms, the containers of its heap
#: are not listed, because each kind of them would take as long again.
HEAP_LIMIT_MS = 300.0
#: A container that grew by fewer entries than this is not reported.
_LEAST = 5
#: So many containers that grew are looked into, so many containers of containers,
_GROWN, _FAMILIES = 10, 3
#: and of those without a name that exchange their entries.
_STEADY = 3


@dataclass(slots=True)
class Measurement:
    """The results of a measurement; ``unknown`` lists what it could not find out.

    ``ended`` is set where the target ended before all was measured.
    """

    history: History = field(default_factory=lambda: History(max_age_s=1e9))
    containers: list[Container] = field(default_factory=list)
    steady: list[Container] = field(default_factory=list)
    collection: Collection | None = None
    collector: Collector | None = None
    modules: frozenset[str] = frozenset()
    threads: list[int | None] = field(default_factory=list)
    unknown: list[Words] = field(default_factory=list)
    ended: TargetGone | None = None


@dataclass(frozen=True, slots=True)
class MeasureWish:
    """How to measure: ``rounds`` + 1 counts within ``for_s`` seconds, and perhaps a collection."""

    for_s: float
    rounds: int
    collect: bool
    redact: bool
    timeout: float | None = None
    agree: Callable[[int], Awaitable[bool]] | None = None
    """Asked with the number of objects, before the run, whether it may end with a collection."""


async def measure(
    session: Measured,
    vitals: VitalsWatch,
    wish: MeasureWish,
    *,
    progress: Callable[[str, int, int], None] = lambda _phase, _done, _total: None,
) -> Measurement:
    """Count again and again, sample containers, then collect.

    Raises what the session raises, but where the target ends after the first count: what was measured
    until then is the result, with the reason in ``ended``.
    """
    found = Measurement()
    looks: list[Look] = []
    first = found.history.add(await census(session, timeout=wish.timeout))
    heap = first.cost.agent_ms <= HEAP_LIMIT_MS
    collects = wish.collect and (wish.agree is None or await wish.agree(first.objects))
    try:
        found.collector = await collector(session, timeout=wish.timeout)
        await _go_on(session, vitals, wish, found, looks, progress)
    except TargetGone as error:
        found.ended = error
        if len(looks) > 1:
            grew = _most_promising(looks, found.history, len(found.history) - 1)
            found.containers = [*grew, *families(looks, _LEAST)]
            found.steady = steady(looks)
    if collects and found.ended is None:
        try:
            found.collection = await collecting.collect(
                session, progress=progress, timeout=wish.timeout
            )
        except TargetGone as error:
            found.ended = error
    if looks:
        found.modules = looks[-1].modules
    _say_unknown(found, looks, heap=heap)
    return found


async def _go_on(  # noqa: PLR0913, PLR0917 (what to ask, how, and where it goes)
    session: Measured,
    vitals: VitalsWatch,
    wish: MeasureWish,
    found: Measurement,
    looks: list[Look],
    progress: Callable[[str, int, int], None],
) -> None:
    """Fill ``found`` and ``looks`` after the first count."""
    rounds, redact, timeout = wish.rounds, wish.redact, wish.timeout
    latest = found.history.latest
    assert latest is not None  # there is one count
    heap = latest.cost.agent_ms <= HEAP_LIMIT_MS
    progress("sampling containers", 0, rounds)
    looks.append(await look(session, redact=redact, heap=heap))
    # Sampling containers takes memory in the process: RSS counts only from here on.
    found.threads.append(vitals.sample().threads)
    began = time.monotonic()
    for number in range(1, rounds + 1):
        until = began + wish.for_s * number / rounds
        async for left in waiting(session, until):
            progress(next_count_text(left), number - 1, rounds)
            vitals.sample()
        if session.gone.is_set():
            raise why_gone(session)
        found.threads.append(vitals.sample().threads)
        if number == rounds or number == (rounds + 1) // 2:
            wanted = _modules_of(growing_names(found.history, number - 1) if number > 1 else ())
            # The look in the middle is there to tell steady growth from a jump: the program's own
            # containers tell it, and libraries take most of the time.
            last = number == rounds
            looks.append(
                await look(
                    session,
                    redact=redact,
                    wanted=wanted,
                    heap=heap,
                    libraries=last,
                )
            )
        latest = found.history.add(await census(session, timeout=timeout))
    progress("reading what grew", rounds, rounds)
    grew = _most_promising(looks, found.history, rounds)
    found.containers, found.steady = await _described(session, looks, grew, latest, redact=redact)


async def _described(
    session: Asks, looks: Sequence[Look], grew: Sequence[Container], latest: Census, *, redact: bool
) -> tuple[list[Container], list[Container]]:
    """What grew, with its entries, and what exchanges its entries; with the names found for both."""
    candidates = [*grew[:_GROWN], *families(looks, _LEAST)[:_FAMILIES]]
    turning = steady(looks)
    nameless = [each for each in turning if each.name is None][:_STEADY]
    told = await describe(session, [*candidates, *nameless], looks[-1], latest, redact=redact)
    named = [*turning, *told[len(candidates) :]]
    return told[: len(candidates)], [each for each in named if each.name is not None]


@dataclass(frozen=True, slots=True)
class Stock:
    """One sample of containers beside a history.

    ``containers`` are those that may keep what grew, ``steady`` those that exchange their entries.
    """

    look: Look
    containers: Sequence[Container]
    steady: Sequence[Container] = ()


async def take_stock(session: Asks, history: History, before: Look | None) -> Stock:
    """Sample the containers that globals lead to; their names show no values of the program.

    Compared with the sample ``before`` it is known which of them grew.  Without it only their
    lengths are known; then candidates are those with about as many entries as a growing type has
    objects.  The open page of instances stays open.
    """
    latest = history.latest
    assert latest is not None  # callers have a history
    names = growing_names(history, ROUNDS)
    now = await look(session, redact=True, wanted=_modules_of(names), heap=False)
    if before is None:
        candidates = _as_long_as(now, latest, names)[:_GROWN]
        return Stock(now, await describe(session, candidates, now, latest, redact=True))
    looks = [before, now]
    grew = _most_promising(looks, history, ROUNDS)
    return Stock(now, *await _described(session, looks, grew, latest, redact=True))


def _as_long_as(seen: Look, latest: Census, names: Sequence[str]) -> list[Container]:
    counts = dict(zip(latest.names, latest.counts, strict=False))
    wanted = [counts[name] for name in names if counts.get(name)]

    def apart(container: Container) -> float:
        return min((abs(container.length - each) / each for each in wanted), default=1.0)

    found = [each for each in seen.found.values() if each.name and apart(each) <= HOLDS]
    return sorted(found, key=apart)


def _most_promising(looks: Sequence[Look], history: History, rounds: int) -> list[Container]:
    """The containers that grew; first those that grew by the same number as a growing type."""
    growth = history.growth(float("inf"))
    names = set(growing_names(history, rounds))
    deltas = []
    if growth is not None:
        deltas = [d for n, d in zip(growth.names, growth.count_deltas, strict=True) if n in names]

    def apart(container: Container) -> tuple[bool, bool, int]:
        delta = container.delta or 0
        near = any(abs(delta - each) <= max(3, each / 10) for each in deltas)
        return not near, container.name is None, -delta

    return sorted(grown(looks, _LEAST), key=apart)


def _modules_of(types: Sequence[str]) -> list[str]:
    """The modules of ``types``, as far as their names show them."""
    modules: dict[str, None] = {}
    for name in types:
        module = name.rpartition(".")[0]
        while module:
            modules[module] = None
            module = module.rpartition(".")[0]
    return list(modules)


def _say_unknown(found: Measurement, looks: Sequence[Look], *, heap: bool) -> None:
    if not heap:
        found.unknown.append(
            (
                "containers that no module's global leads to: listing them costs too much in a process this large",
            )
        )
    if looks:
        found.unknown += _not_read(looks, heap=heap)
    if found.collection is not None and not found.collection.made:
        found.unknown.append((f"which part of the growth is garbage: {COLLECTION_RUNS}",))
    if found.collection is None:
        found.unknown.append(("which part of the growth is garbage: this run made no collection",))


def _not_read(looks: Sequence[Look], *, heap: bool) -> Iterator[Words]:
    """What a sample left out, to spare the process: a container that nobody read twice has no growth."""
    first, last = looks[0], looks[-1]
    loaded, read = len(last.modules), len(first.read & last.read & last.modules)
    if read < loaded:
        yield (
            (
                f"containers below the globals of {count_text(loaded - read)} of {counted(loaded, 'module')}: "
                "to spare the process, only the program's own and some of libraries were read"
            ),
        )
    left = [each for each in KINDS if each not in first.kinds or each not in last.kinds]
    if heap and left:
        yield (f"the largest containers without a name of the types {', '.join(left)}: the same",)
