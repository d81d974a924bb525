"""Findings: what the figures of a run mean.  Every figure in a sentence comes from that run."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from memtui.diagnosis.elsewhere import (
    BOUNDED,
    KEPT,
    grown_outside,
    native,
    rss_growth,
    uncounted_text,
)
from memtui.diagnosis.growing import least_growth
from memtui.diagnosis.kept import advice, growth_words, held, steady_words, without_holder
from memtui.diagnosis.matching import is_material, keepers
from memtui.diagnosis.places import is_standard
from memtui.model.report import Confidence, Finding, Name, Pattern
from memtui.present.text import count_text, counted, rounds_text, share_text, size_text
from memtui.present.words import ONE_COUNT, freed_size_text, none_grew_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from memtui.model.interpreters import Interpreters
    from memtui.model.report import Report, Words

#: Garbage is a finding from this many objects or bytes on, or if it made a type grow.
GARBAGE_LEAST = 1000
GARBAGE_SIZE = 1 << 20
#: A type that a collection gave back decides the verdict only from this many objects on.
DECIDES_LEAST = 5
#: This many more threads than at the start are a finding.
THREADS_LEAST = 5

#: So many containers that exchange their entries are named.
STEADY_MOST = 3

_VERDICTS = {
    Pattern.GARBAGE: "garbage",
    Pattern.NATIVE: "native",
    Pattern.BACKLOG: "backlog",
    Pattern.NONE: "none",
    Pattern.BOUNDED: "none",
    Pattern.FILLING: "none",
}


def verdict_of(findings: Sequence[Finding], interpreters: Interpreters | None = None) -> str:
    """leak, garbage, backlog, native, none or unknown; the first finding decides.

    Growth of low confidence is ``unknown``: it may be garbage, or end; but what has a bound is no leak.
    Nor is there ``none`` where other ``interpreters`` run that nobody looked into, or where growth was
    not measured.
    """
    verdict = "none"
    if any(each.pattern is Pattern.UNMEASURED for each in findings):
        return "unknown"
    if findings and findings[0].confidence is not Confidence.LOW:
        verdict = _VERDICTS.get(findings[0].pattern, "leak")
    elif findings and findings[0].pattern in {*KEPT, Pattern.NATIVE, Pattern.ELSEWHERE}:
        verdict = "unknown"
    unseen = interpreters is not None and interpreters.uncounted
    return "unknown" if verdict == "none" and unseen else verdict


def of(report: Report) -> list[Finding]:
    """All findings, the surest first; if there is nothing to report, one finding that says so."""
    if report.censuses < 2:
        return [_unmeasured(report)]
    kept = [row for row in report.growing if not row.is_given_back]
    matches, left = keepers(kept, report.containers)
    found = [
        *(held(match, report) for match in matches),
        *without_holder(left, matches, report),
        *_garbage(report),
    ]
    found += [*native(report, matches, found), *_threads(report), *grown_outside(report)]
    order = list(Confidence)
    found.sort(
        key=lambda each: (
            each.pattern in BOUNDED,
            order.index(each.confidence),
            2 if each.holder is None else each.holder.name is None,
        )
    )
    return found or [_none(report)]


def _garbage(report: Report) -> Iterator[Finding]:
    done = report.collected
    if done is None:
        return
    given_back = [row for row in report.growing if row.is_given_back]
    given_back.sort(key=lambda row: (is_material(row.name), is_standard(row.name)))
    much = done.freed >= GARBAGE_LEAST or done.size >= GARBAGE_SIZE
    if not given_back and not much:
        return
    share = ""
    if done.at >= report.last.at:
        share = f": {share_text(done.freed / max(1, report.last.objects))} % of the tracked objects"
    evidence: list[Words] = [
        (
            f"a collection freed {counted(done.freed, 'object')}, {freed_size_text(done.freed, done.listed, done.size)}{share}",
        )
    ]
    evidence += [
        (*growth_words(row), f"; the collection freed {count_text(row.freed)}")
        for row in given_back[:5]
    ]
    if not given_back:
        evidence.append(("of no type that grew steadily did it free as many as had come",))
    freed = sum(row.freed or 0 for row in given_back)
    grew = sum(row.count_delta for row in report.growing)
    most = bool(given_back) and 2 * freed >= grew and freed >= DECIDES_LEAST
    first = given_back[0].name if given_back else None
    if first is None and done.types and done.agrees:
        first = done.types[0][0]
    title: Words = ("cyclic garbage waited for the collector",)
    if first is not None:
        title += (": ", Name(first))
    confidence = Confidence.HIGH if most else Confidence.LOW
    yield Finding(
        Pattern.GARBAGE, title, tuple(evidence), advice(Pattern.GARBAGE), confidence, first
    )


def _threads(report: Report) -> Iterator[Finding]:
    seen = [each for each in report.threads if each is not None]
    if len(seen) < 2 or seen[-1] - seen[0] < THREADS_LEAST:
        return
    rounds, grew = len(seen) - 1, sum(a < b for a, b in pairwise(seen))
    if rounds >= 3 and grew == 1:
        return  # they came at once, as a pool starts
    often = rounds >= 3 and 3 * grew >= 2 * rounds
    yield Finding(
        Pattern.THREADS,
        (f"{count_text(seen[-1] - seen[0])} more threads than at the start",),
        (
            (
                (
                    f"threads went from {count_text(seen[0])} to {count_text(seen[-1])}, "
                    f"growing in {rounds_text(grew, rounds)} rounds"
                ),
            ),
        ),
        advice(Pattern.THREADS),
        Confidence.MEDIUM if often else Confidence.LOW,
    )


def _unmeasured(report: Report) -> Finding:
    return Finding(
        Pattern.UNMEASURED,
        (ONE_COUNT,),
        ((f"it has {counted(report.last.objects, 'tracked object')}",),),
        advice(Pattern.UNMEASURED),
        Confidence.LOW,
    )


def _none(report: Report) -> Finding:
    others = uncounted_text(report)
    grown = rss_growth(report)
    evidence: list[Words] = [(others,)] if others else []
    evidence.append(
        (
            none_grew_text(report.rounds, least_growth(report.rounds)),
            f"; tracked objects went from {count_text(report.first.objects)}",
            f" to {count_text(report.last.objects)}",
        )
    )
    if grown is not None:
        evidence.append((f"RSS changed by about {size_text(grown, signed=True)}",))
    evidence += [steady_words(each) for each in report.steady[:STEADY_MOST]]
    confidence = Confidence.LOW
    if report.rounds >= 3 and not report.cut_short and not others:
        confidence = Confidence.HIGH if report.interpreters else Confidence.MEDIUM
    return Finding(
        Pattern.NONE,
        ("no steady growth was seen in this run" + (" in the main interpreter" if others else ""),),
        tuple(evidence),
        advice(Pattern.NONE),
        confidence,
    )
