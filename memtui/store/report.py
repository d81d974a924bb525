"""A report's figures, gathered from what a session or a dashboard has seen."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from statistics import median
from time import time
from typing import TYPE_CHECKING

from memtui.model.report import Collected, GrowingType, Report, Total, TypeTotal
from memtui.store import findings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memtui.model.attachment import Attachment
    from memtui.model.census import Census
    from memtui.model.collector import Collection
    from memtui.model.cost import Cost
    from memtui.model.growth import Growth
    from memtui.model.process import Process
    from memtui.model.report import Container, Words
    from memtui.store.history import History

#: Rounds that a history is cut into where nobody says how many.
ROUNDS = 12
#: A type is growing that grew by at least this many objects …
LEAST = 5
#: … in at least this share of the rounds, …
STEADY = 2 / 3
#: … and shrank in this share of them at most.
SHRANK = 1 / 4
_TOP = 12
_GROWING = 40


def gather(  # noqa: PLR0913 (a report has that many sides)
    history: History,
    process: Process,
    *,
    python: str,
    attachment: Attachment,
    cost: Cost,
    source: str,
    rss: Sequence[tuple[float, int]] = (),
    threads: tuple[int | None, int | None] = (None, None),
    rounds: int | None = None,
    collection: Collection | None = None,
    containers: Sequence[Container] = (),
    unknown: Sequence[Words] = (),
    redact: bool = True,
) -> Report:
    """The report of everything in ``history``.  Raises LookupError while there is no census."""
    first, last = history.oldest, history.latest
    if first is None or last is None:
        raise LookupError("there is no census yet")
    steps = max(1, min(rounds or ROUNDS, len(history) - 1))
    freed = _freed(collection, last)
    grown = history.growth(math.inf)
    growing = [] if grown is None else _growing(history, grown, steps, freed)
    report = Report(
        process=replace(process, cmdline=redacted(process.cmdline)) if redact else process,
        python=python,
        method=attachment.method,
        source=source,
        taken_at=time(),
        for_s=last.at - first.at,
        rounds=steps if len(history) > 1 else 0,
        censuses=len(history),
        first=_total(first),
        last=_total(last),
        largest=_top(last, last.sizes),
        most=_top(last, last.counts),
        growing=tuple(growing),
        rss=tuple(rss),
        rss_rate=rss_rate(rss),
        threads=threads,
        collected=_collected(collection),
        containers=tuple(containers),
        unknown=tuple(unknown),
        frozen=last.frozen,
        redacted=redact,
        cost=cost,
        attach_ms=attachment.attach_ms,
        longest_stop_ms=attachment.longest_stop_ms,
    )
    found = tuple(findings.of(report))
    return replace(report, findings=found, verdict=findings.verdict_of(found))


def growing_names(history: History, rounds: int) -> list[str]:
    """The types that are growing so far, the fastest first."""
    grown = history.growth(math.inf)
    if grown is None:
        return []
    steps = max(1, min(rounds, len(history) - 1))
    return [row.name for row in _growing(history, grown, steps, None)]


def _growing(
    history: History, grown: Growth, steps: int, freed: dict[str, int] | None
) -> list[GrowingType]:
    rows = []
    for row, name in enumerate(grown.names):
        delta = grown.count_deltas[row]
        if delta < max(LEAST, steps):
            continue
        trend = tuple(history.trend(name, steps + 1))
        changes = [after - before for before, after in pairwise(trend)]
        grew, shrank = sum(c > 0 for c in changes), sum(c < 0 for c in changes)
        if grew < STEADY * steps or shrank > SHRANK * steps:
            continue
        rows.append(
            GrowingType(
                name=name,
                count=grown.counts[row],
                size=grown.sizes[row],
                count_delta=delta,
                size_delta=grown.size_deltas[row],
                per_minute=grown.per_minute(row),
                grew=grew,
                shrank=shrank,
                rounds=steps,
                trend=trend,
                freed=None if freed is None else freed.get(name, 0),
            )
        )
    rows.sort(key=lambda each: (-each.retained, -each.size_delta, each.name))
    return rows[:_GROWING]


def rss_rate(rss: Sequence[tuple[float, int]]) -> float | None:
    """How fast RSS grows, bytes per minute: the median of all slopes; None with less than 3 looks."""
    looks = rss[:: -(-len(rss) // 60) or 1]
    slopes = [
        (size - before) / (at - earlier)
        for number, (at, size) in enumerate(looks)
        for earlier, before in looks[:number]
        if at > earlier
    ]
    return median(slopes) * 60 if len(slopes) >= 3 else None


def redacted(cmdline: str) -> str:
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


def _freed(collection: Collection | None, last: Census) -> dict[str, int] | None:
    """How many of each type the collection freed of what the last census counted.

    None where it came before that census: then its part is out of the counts already, and what grew
    since was not put to the test.
    """
    if collection is None or collection.at < last.at:
        return None
    return {row.type: row.count for row in collection.freed}


def _collected(collection: Collection | None) -> Collected | None:
    if collection is None:
        return None
    rows = sorted(collection.freed, key=lambda row: (-row.size, row.type))
    return Collected(
        at=collection.at,
        freed=sum(row.count for row in rows),
        size=sum(row.size for row in rows),
        pause_ms=collection.pause_ms,
        rss_before=collection.rss_before,
        rss_after=collection.rss_after,
        uncollectable=collection.uncollectable,
        types=tuple((row.type, row.count, row.size) for row in rows),
    )


def _total(census: Census) -> Total:
    return Total(census.at, census.objects, census.size)


def _top(census: Census, column: Sequence[int]) -> tuple[TypeTotal, ...]:
    rows = sorted(range(len(census.names)), key=lambda row: (-column[row], census.names[row]))
    whole = census.size or 1
    return tuple(
        TypeTotal(
            census.names[row], census.counts[row], census.sizes[row], census.sizes[row] / whole
        )
        for row in rows[:_TOP]
        if census.counts[row]
    )
