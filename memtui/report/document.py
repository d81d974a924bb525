"""The report as sections of sentences, tables and charts, before any format."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from memtui import __version__
from memtui.diagnosis.elsewhere import others_text
from memtui.diagnosis.growing import least_growth
from memtui.model.report import Name
from memtui.present.text import count_text, counted, duration_text, millis_text, size_text
from memtui.present.words import (
    attached_text,
    cost_text,
    cut_short_text,
    sentence,
)
from memtui.report.blocks import Bullets, Paragraph, Section, Table, Verdict
from memtui.report.cause import cause, recommendations
from memtui.report.elsewhere import elsewhere
from memtui.report.figures import growth, profile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memtui.model.report import Report, Words
    from memtui.report.blocks import Block


def title_of(report: Report) -> Words:
    """What the report is about."""
    return ("Memory report: ", Name(report.process.name), f", pid {report.process.pid}")


def sections(report: Report) -> list[Section]:
    """All sections, in the order in which they are read."""
    return [
        Section("Problem summary", tuple(_summary(report))),
        Section("Memory profile", tuple(profile(report))),
        Section("Growth analysis", (*growth(report), *elsewhere(report))),
        Section("Root cause", tuple(cause(report))),
        Section("Recommendations", tuple(recommendations(report))),
        Section("How each figure was obtained", tuple(_method(report))),
    ]


_VERDICTS = {
    "leak": "Something keeps growing, and is still held.",
    "garbage": "Most of what grew is garbage in cycles: a collection freed as much.",
    "backlog": "Entries wait in what looks like a queue: more come than leave.",
    "native": "RSS grows by much more than the tracked Python objects.",
    "none": "No leak was seen in this run.",
    "unknown": "Whether there is a leak, this run cannot tell.",
}


def _summary(report: Report) -> Iterator[Block]:
    words: Words = (_VERDICTS[report.verdict],)
    if others := others_text(report):
        words += (f" {sentence(others)}",)
    yield Verdict(report.verdict, words, is_bad=report.verdict != "none")
    if report.cut_short:
        yield Paragraph((cut_short_text(report.cut_short, report.for_s),))
    yield Bullets(
        tuple((*each.title, f" ({each.confidence} confidence)") for each in report.findings)
    )
    process = report.process
    objects = report.last.objects - report.first.objects
    size = report.last.size - report.first.size
    taken = datetime.fromtimestamp(report.taken_at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    yield Table(
        ("what", "value"),
        (
            (("process",), (Name(process.name), f", pid {process.pid}")),
            (("command",), (Name(process.command),)),
            (("Python",), (report.python,)),
            (("running for",), (duration_text(process.uptime_s),)),
            (("report of",), (taken,)),
            (("measured",), (_span_text(report),)),
            (
                ("tracked objects",),
                (f"{count_text(report.last.objects)} ({count_text(objects, signed=True)})",),
            ),
            (
                ("their shallow sizes",),
                (f"{size_text(report.last.size)} ({size_text(size, signed=True)})",),
            ),
            (("RSS",), (_rss_text(report),)),
            (("threads",), (_threads_text(report),)),
        ),
        is_facts=True,
    )


def _span_text(report: Report) -> str:
    return f"{report.for_s:.1f} s, {counted(report.censuses, 'count')}, {counted(report.rounds, 'round')} ({report.source})"


def _rss_text(report: Report) -> str:
    if not report.rss:
        return size_text(report.process.rss_bytes)
    first, last = report.rss[0][1], report.rss[-1][1]
    rate = (
        "" if report.rss_rate is None else f", {size_text(report.rss_rate, signed=True)} a minute"
    )
    return f"{size_text(last)} ({size_text(last - first, signed=True)}{rate})"


def _threads_text(report: Report) -> str:
    before, now = report.threads[0], report.threads[-1]
    if before is None or len(report.threads) < 2:
        return count_text(now)
    return f"{count_text(before)} → {count_text(now)}"


def _method(report: Report) -> Iterator[Block]:
    cost = report.cost
    yield Bullets(
        (
            (
                "Counts and sizes: from all objects that the collector tracks, counted by type in the process; sizes are shallow, as sys.getsizeof has them.",
            ),
            (
                f"Growing: a type that grew in at least two of three rounds, shrank in one of four at most, and by {least_growth(report.rounds)} objects or more; rates are over the whole {report.for_s:.1f} s.",
            ),
            (
                "Freed, by type: the difference of a count before and one after the collection, so objects that were dropped meanwhile are in it, and those that were made hide others; it is never more than the collector's own number, which is what was reclaimable.",
            ),
            (
                "RSS: from the operating system; its rate is the median of the slopes between all looks.",
            ),
            (
                "Holder: lengths of containers (globals of modules and what lies up to two levels below, the largest dicts, lists, sets and deques) sampled during the run; one is named that grew by as many as a type (within 10 %), or by a quarter of that or more, and that has objects of the type among its last entries.",
            ),
            (
                sentence(
                    f"{attached_text(report.method, report.attach_ms)}; "
                    f"one thread stood still for {millis_text(report.longest_stop_ms)} for it"
                ),
            ),
            (f"Cost: {cost_text(cost)}; {millis_text(cost.wall_ms)} from questions to answers.",),
            (
                "Withheld: arguments of the command line and keys of dicts."
                if report.redacted
                else "Nothing was withheld.",
            ),
            (f"Written by memtui {__version__}.",),
        )
    )
