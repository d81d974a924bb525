"""A report's figures, gathered from what a session or a dashboard has seen."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import median
from time import time
from typing import TYPE_CHECKING

from memtui.diagnosis import findings
from memtui.diagnosis.growing import ROUNDS, growing_types
from memtui.model.redaction import redacted_process
from memtui.model.report import Collected, Estimated, Report, Total, TypeTotal
from memtui.verbs.collector import collector_texts
from memtui.verbs.untracked import changing_texts, estimate_text, untold_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from memtui.model.attachment import Attachment
    from memtui.model.cost import Cost
    from memtui.model.interpreters import Interpreters, OutsideGrowth
    from memtui.model.process import Process
    from memtui.model.report import Container, Words
    from memtui.store.history import History
    from memtui.verbs.census import Census
    from memtui.verbs.collect import Collection
    from memtui.verbs.collector import Collector
    from memtui.verbs.untracked import Untracked

_TOP = 12
_ESTIMATED = 8


def gather(  # noqa: PLR0913 (a report has that many sides)
    history: History,
    process: Process,
    *,
    python: str,
    attachment: Attachment,
    cost: Cost,
    source: str,
    rss: Sequence[tuple[float, int]] = (),
    threads: Sequence[int | None] = (None,),
    rounds: int | None = None,
    collection: Collection | None = None,
    containers: Sequence[Container] = (),
    steady: Sequence[Container] = (),
    modules: Iterable[str] = (),
    unknown: Sequence[Words] = (),
    cut_short: str = "",
    collector: Collector | None = None,
    untracked: Untracked | None = None,
    interpreters: Interpreters | None = None,
    elsewhere: Sequence[OutsideGrowth] = (),
    redact: bool = True,
) -> Report:
    """The report of everything in ``history``.  Raises LookupError while there is no census."""
    if collection is not None and not collection.made:
        collection = None
    first, last = history.oldest, history.latest
    if first is None or last is None:
        raise LookupError("there is no census yet")
    steps = max(1, min(rounds or ROUNDS, len(history) - 1))
    freed = _freed(collection, last)
    grown = history.growth(math.inf)
    growing = (
        [] if grown is None else growing_types(history, grown, steps, freed, _unlisted(collection))
    )
    report = Report(
        process=redacted_process(process) if redact else process,
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
        threads=tuple(threads) or (None,),
        collected=_collected(collection),
        containers=tuple(containers),
        steady=tuple(steady),
        modules=_modules([row.name for row in growing], modules),
        unknown=tuple(unknown),
        cut_short=cut_short,
        frozen=last.frozen,
        interpreters=attachment.interpreters if interpreters is None else interpreters,
        elsewhere=tuple(elsewhere),
        estimate=None if untracked is None else _estimated(untracked),
        notes=() if collector is None else tuple(collector_texts(collector, python)),
        redacted=redact,
        cost=cost,
        attach_ms=attachment.attach_ms,
        longest_stop_ms=attachment.longest_stop_ms,
    )
    found = tuple(findings.of(report))
    return replace(report, findings=found, verdict=findings.verdict_of(found, report.interpreters))


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


def _freed(collection: Collection | None, last: Census) -> dict[str, int] | None:
    """How many of each type the collection freed of what the last census counted.

    None if it came before that census: then the counts already lack what it freed, and the growth
    since then was not tested.  The counts before and after differ also by what the program dropped
    meanwhile: the collector itself says how many it freed of all types together.
    """
    if collection is None or collection.at < last.at:
        return None
    return {row.type: min(row.count, collection.collected) for row in collection.freed}


def _unlisted(collection: Collection | None) -> int:
    """How many objects a collection freed that no row has: where new ones came before they were counted."""
    if collection is None:
        return 0
    return max(0, collection.collected - sum(row.count for row in collection.freed))


def _modules(types: Sequence[str], loaded: Iterable[str]) -> Mapping[str, str]:
    """The module of each type, as far as it is among the ``loaded`` ones."""
    known, found = set(loaded), {}
    for name in types:
        module = name.rpartition(".")[0]
        while module and module not in known:
            module = module.rpartition(".")[0]
        if module:
            found[name] = module
    return found


def _collected(collection: Collection | None) -> Collected | None:
    if collection is None:
        return None
    rows = sorted(collection.freed, key=lambda row: (-row.size, row.type))
    return Collected(
        at=collection.at,
        freed=collection.collected,
        agrees=collection.agrees,
        size=sum(row.size for row in rows),
        pause=collection.pause,
        rss_before=collection.rss_before,
        rss_after=collection.rss_after,
        uncollectable=collection.uncollectable,
        types=tuple((row.type, row.count, row.size) for row in rows),
    )


def _estimated(untracked: Untracked) -> Estimated:
    rows = sorted(untracked.rows, key=lambda row: (-row.size, row.type))[:_ESTIMATED]
    texts = (estimate_text(untracked), *changing_texts(untracked), *untold_texts(untracked))
    return Estimated(
        untracked.at, texts, tuple((str(row.type), row.count, row.size) for row in rows)
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
