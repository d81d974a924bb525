"""Growth of RSS that the tracked objects do not explain, and growth in other interpreters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memtui.diagnosis.advice import ADVICE
from memtui.diagnosis.growing import least_growth
from memtui.diagnosis.matching import is_material
from memtui.diagnosis.places import is_standard
from memtui.model.report import Confidence, Finding, Name, Pattern
from memtui.present.text import count_text, duration_text, size_text
from memtui.present.words import COUNTED_TWICE, NOT_TRACKED, interpreters_text, moved_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from memtui.diagnosis.matching import Match
    from memtui.model.report import Report, Words

#: Growth of RSS below this many bytes, or below this share, is not a finding.
RSS_LEAST = 4 << 20
RSS_SHARE = 0.02
#: Tracked objects explain the growth of RSS if their shallow sizes are at least this share of it.
EXPLAINED = 0.25
#: What does not go on: it comes after all that does, and is no leak.
BOUNDED = {Pattern.BOUNDED, Pattern.FILLING}
#: What says that objects stay.
KEPT = {*Pattern} - {
    *(Pattern.NATIVE, Pattern.ELSEWHERE, Pattern.GARBAGE, Pattern.NONE, Pattern.UNMEASURED),
    *BOUNDED,
}


def native(report: Report, matches: Sequence[Match], found: Sequence[Finding]) -> Iterator[Finding]:
    """One finding, unless what else was ``found`` explains it."""
    grown = rss_growth(report)
    if grown is None or grown < max(RSS_LEAST, RSS_SHARE * report.rss[0][1]):
        return
    if report.censuses < 2:
        return  # then nobody knows by how much tracked objects grew
    tracked = report.last.size - report.first.size
    held = sum((m.container.delta or 0) * m.container.entry_size for m in matches if m.row is None)
    if tracked + held + _given_back(report) >= EXPLAINED * grown:
        return
    if any(each.pattern in KEPT and each.confidence is not Confidence.LOW for each in found):
        # Objects that stay keep texts, numbers and buffers, which no figure of this run has.
        return
    others = uncounted_text(report)
    which = " of the main interpreter" if others else ""
    pattern = Pattern.ELSEWHERE if others else Pattern.NATIVE
    ending = any(each.pattern in BOUNDED for each in found)
    yield Finding(
        pattern,
        (f"RSS grows by much more than the tracked Python objects{which}",),
        (
            (f"RSS grew by about {size_text(grown)} ({size_text(report.rss_rate)} a minute)",),
            (f"the shallow sizes of tracked objects changed by {size_text(tracked, signed=True)}",),
            (f"{NOT_TRACKED} are not tracked, and memory held by C is not visible",),
            *([(others,)] if others else []),
            *([("what grew and has an end may keep texts and buffers",)] if ending else []),
        ),
        (ADVICE[pattern],),
        # What an interpreter that was not looked into keeps is no memory of C's.
        Confidence.LOW if others or ending else Confidence.MEDIUM,
    )


def grown_outside(report: Report) -> Iterator[Finding]:
    """One finding for each interpreter that was counted from outside, if types grew there."""
    for each in report.elsewhere:
        least = least_growth(report.rounds)
        rows = [row for row in each.rows() if each.kept(row[0]) >= least]
        if not rows:
            continue
        rows.sort(key=lambda row: (is_material(row[0]), is_standard(row[0]), -row[2]))
        evidence: list[Words] = [
            (
                Name(name),
                f" grew by {count_text(delta)} to {count_text(many)} in {duration_text(each.span_s)}",
            )
            for name, many, delta in rows[:5]
        ]
        evidence += [(moved_text(each.last),)] if each.moved else []
        evidence.append((COUNTED_TWICE,))
        yield Finding(
            Pattern.ELSEWHERE,
            (Name(rows[0][0]), f" objects grew in interpreter {each.interpreter}"),
            tuple(evidence),
            (ADVICE[Pattern.ELSEWHERE],),
            Confidence.LOW,
            rows[0][0],
        )


def uncounted_text(report: Report) -> str:
    """The words for interpreters that the agent did not count; "" if there are none."""
    there = report.interpreters
    return others_text(report) if there and there.uncounted else ""


def others_text(report: Report) -> str:
    """The words for all interpreters but the main one; "" if there are none."""
    outside = [each.interpreter for each in report.elsewhere]
    return interpreters_text(report.interpreters, report.process.pid, outside)


def _given_back(report: Report) -> int:
    """What the collection freed, as far as RSS or the sizes of the objects say."""
    done = report.collected
    if done is None:
        return 0
    if done.rss_before is None or done.rss_after is None:
        return done.size
    return max(done.size, done.rss_before - done.rss_after)


def rss_growth(report: Report) -> float | None:
    """The growth of RSS over the run, bytes, from its median rate; None if that is not known."""
    if report.rss_rate is None or len(report.rss) < 3:
        return None
    return report.rss_rate * (report.rss[-1][0] - report.rss[0][0]) / 60
