"""The report as sections of sentences, tables and charts, whatever they are written as later."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from memtui import __version__
from memtui.model.report import Name, Pattern
from memtui.model.text import (
    count_text,
    duration_text,
    millis_text,
    rate_text,
    share_text,
    size_text,
)
from memtui.store.report_blocks import (
    Bullets,
    Chart,
    Heading,
    Line,
    Paragraph,
    Section,
    Table,
    spark,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from memtui.model.report import Finding, GrowingType, Report, TypeTotal, Words
    from memtui.store.report_blocks import Block

#: Growing types in the table, and lines in the chart.
ROWS = 15
LINES = 5


def title_of(report: Report) -> Words:
    """What the report is about."""
    return ("Memory report: ", Name(report.process.name), f", pid {report.process.pid}")


def sections(report: Report) -> list[Section]:
    """All sections, in the order in which they are read."""
    return [
        Section("Problem summary", tuple(_summary(report))),
        Section("Memory profile", tuple(_profile(report))),
        Section("Growth analysis", tuple(_growth(report))),
        Section("Root cause", tuple(_cause(report))),
        Section("Recommendations", tuple(_recommendations(report))),
        Section("How each figure was obtained", tuple(_method(report))),
    ]


_VERDICTS = {
    "leak": "Something that is still held grows: a leak.",
    "garbage": "What grows is garbage in cycles: a collection frees it.",
    "backlog": "Work piles up faster than it is done.",
    "native": "RSS grows, the tracked Python objects do not explain it.",
    "none": "No leak was seen in this run.",
}


def _summary(report: Report) -> Iterator[Block]:
    yield Paragraph((f"Verdict: {report.verdict}. {_VERDICTS[report.verdict]}",))
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
            (("command",), (Name(process.cmdline),)),
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
    )


def _span_text(report: Report) -> str:
    return (
        f"{report.for_s:.1f} s, {report.censuses} counts, {report.rounds} rounds ({report.source})"
    )


def _rss_text(report: Report) -> str:
    if not report.rss:
        return size_text(report.process.rss_bytes)
    first, last = report.rss[0][1], report.rss[-1][1]
    rate = (
        "" if report.rss_rate is None else f", {size_text(report.rss_rate, signed=True)} a minute"
    )
    return f"{size_text(last)} ({size_text(last - first, signed=True)}{rate})"


def _threads_text(report: Report) -> str:
    before, now = report.threads
    return count_text(now) if before is None else f"{count_text(before)} → {count_text(now)}"


def _profile(report: Report) -> Iterator[Block]:
    yield Paragraph(
        (
            (
                f"{count_text(report.last.objects)} objects are tracked by the collector, "
                f"{size_text(report.last.size)} of shallow sizes together."
            ),
        )
    )
    if report.frozen:
        yield Paragraph(
            (f"{count_text(report.frozen)} more are frozen by gc.freeze() and in no row.",)
        )
    yield Heading(("Top consumers by size",))
    yield _types_table(report.largest)
    yield Heading(("Top consumers by count",))
    yield _types_table(report.most)
    if len(report.rss) > 1:
        start = report.rss[0][0]
        points = tuple((at - start, float(size)) for at, size in report.rss)
        yield Chart("RSS", (Line(("RSS",), points),), is_size=True)


def _types_table(rows: Sequence[TypeTotal]) -> Table:
    return Table(
        ("type", "count", "size", "% of size"),
        tuple(
            ((Name(r.name),), (count_text(r.count),), (size_text(r.size),), (share_text(r.share),))
            for r in rows
        ),
    )


def _growth(report: Report) -> Iterator[Block]:
    if not report.growing:
        yield Paragraph((f"No type grew in most of the {report.rounds} rounds.",))
    else:
        yield Paragraph(
            (
                (
                    f"{len(report.growing)} types grew in most of the {report.rounds} rounds. "
                    "Freed is what the collection at the end freed of that type."
                ),
            )
        )
        yield Table(
            ("type", "count", "Δ count", "Δ size", "per min", "rounds", "freed", "trend"),
            tuple(_growing_row(row) for row in report.growing[:ROWS]),
        )
        step = report.for_s / report.rounds if report.rounds else 0.0
        lines = tuple(
            Line(
                (Name(r.name),),
                tuple((n * step, float(c - r.trend[0])) for n, c in enumerate(r.trend)),
            )
            for r in report.growing[:LINES]
        )
        yield Chart("Growth since the first count, objects", lines)
    yield Heading(("Effectiveness of a collection",))
    yield from _effectiveness(report)


def _growing_row(row: GrowingType) -> tuple[Words, ...]:
    return (
        (Name(row.name),),
        (count_text(row.count),),
        (count_text(row.count_delta, signed=True),),
        (size_text(row.size_delta, signed=True),),
        (rate_text(row.per_minute),),
        (f"{row.grew} of {row.rounds}",),
        (count_text(row.freed),),
        (spark(row.trend),),
    )


def _effectiveness(report: Report) -> Iterator[Block]:
    done = report.collected
    if done is None:
        yield Paragraph(("Unknown: there was no collection in this run.",))
        return
    before = report.last
    rss = ""
    if done.rss_before is not None and done.rss_after is not None:
        rss = f" RSS went from {size_text(done.rss_before)} to {size_text(done.rss_after)}."
    yield Paragraph(
        (
            (
                f"Reclaimable: {count_text(done.freed)} objects, {size_text(done.size)}. "
                f"The process stood still for {millis_text(done.pause_ms)}, "
                f"{count_text(done.uncollectable)} objects were uncollectable.{rss}"
            ),
        )
    )
    if done.at >= before.at:
        yield Paragraph(
            (
                (
                    f"Retained: {count_text(max(0, before.objects - done.freed))} objects, "
                    f"{size_text(max(0, before.size - done.size))}."
                ),
            )
        )
    if done.types:
        yield Table(
            ("freed type", "count", "size"),
            tuple(
                ((Name(name),), (count_text(count),), (size_text(size),))
                for name, count, size in done.types[:LINES]
            ),
        )


def _cause(report: Report) -> Iterator[Block]:
    for each in report.findings:
        yield Heading(each.title)
        yield Paragraph(
            (f"Pattern: {each.pattern}. Confidence: {each.confidence}. ", *_holder(each))
        )
        yield Bullets(each.evidence)
    yield Heading(("What is not known",))
    yield Bullets(
        (
            *report.unknown,
            ("what str, bytes, numbers and arrays take: the collector does not track them",),
            ("what was there before the run began, and which line made it",),
        )
    )


def _holder(finding: Finding) -> Words:
    if finding.holder is None:
        unheld = finding.pattern in {Pattern.NONE, Pattern.GARBAGE, Pattern.NATIVE}
        return () if unheld else ("Holder: not known.",)
    holder = finding.holder
    if holder.name is None:
        return (
            "Holder: ",
            Name(holder.type),
            f" at 0x{holder.address:x}; which variable that is, is not known.",
        )
    return ("Holder: ", Name(holder.name), f" ({holder.kind}).")


def _recommendations(report: Report) -> Iterator[Block]:
    by_pattern: dict[Pattern, Finding] = {}
    for each in report.findings:
        by_pattern.setdefault(each.pattern, each)
    items: list[Words] = []
    for pattern, each in by_pattern.items():
        subject: Words = ()
        if each.holder is not None and each.holder.name is not None:
            subject = (" (", Name(each.holder.name), ")")
        items.append((f"{pattern}", *subject, ": ", *each.recommendation))
    yield Bullets(tuple(items))


def _method(report: Report) -> Iterator[Block]:
    cost = report.cost
    yield Bullets(
        (
            (
                "Counts and sizes: from all objects that the collector tracks, counted by type in the process; sizes are shallow, as sys.getsizeof has them.",
            ),
            (
                f"Growing: a type that grew in at least two of three rounds, shrank in one of four at most, and by 5 objects or more; rates are over the whole {report.for_s:.1f} s.",
            ),
            (
                "Freed: the difference of a count before and one after the collection, so what came and went meanwhile is in it.",
            ),
            (
                "RSS: from the operating system; its rate is the median of the slopes between all looks.",
            ),
            (
                "Holder: lengths of containers (globals of modules and what lies up to two levels below, the largest dicts, lists, sets and deques) looked at during the run; one that grew by as many as a type (within 10 %), or that has the type as its entries, is named.",
            ),
            (
                f"Attached by {report.method} in {millis_text(report.attach_ms)}; one thread stood still for {millis_text(report.longest_stop_ms)} for it.",
            ),
            (
                f"Cost in the process: {millis_text(cost.agent_ms)} of processor time, {millis_text(cost.wall_ms)} from questions to answers, longest stall {millis_text(cost.longest_stall_ms)}.",
            ),
            (
                "Withheld: arguments of the command line and keys of dicts."
                if report.redacted
                else "Nothing was withheld.",
            ),
            (f"Written by memtui {__version__}.",),
        )
    )
