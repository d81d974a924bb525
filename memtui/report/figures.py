"""The figures of a report: who takes the memory, what grew, what a collection gave back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memtui.diagnosis.elsewhere import others_text
from memtui.diagnosis.growing import least_growth
from memtui.diagnosis.kept import steady_words
from memtui.model.report import Name
from memtui.present.spark import spark_text
from memtui.present.text import (
    clock_text,
    count_text,
    counted,
    millis_text,
    rate_text,
    rounds_text,
    share_text,
    size_text,
)
from memtui.present.words import (
    freed_note,
    freed_size_text,
    frozen_text,
    none_grew_text,
    rss_text,
    sentence,
)
from memtui.report.blocks import Bullets, Chart, Heading, Line, Paragraph, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from memtui.model.report import Estimated, GrowingType, Report, TypeTotal, Words
    from memtui.report.blocks import Block

#: Growing types in the table, and lines in the chart.
ROWS = 15
_FREED = " Freed is what a collection freed of that type, by counts before and after."
LINES = 5


def profile(report: Report) -> Iterator[Block]:
    """What takes the memory at the end of the run."""
    yield Paragraph(
        (
            (
                f"{counted(report.last.objects, 'object is', 'objects are')} tracked by the collector, "
                f"{size_text(report.last.size)} of shallow sizes together."
            ),
        )
    )
    if words := others_text(report):
        yield Paragraph((sentence(words),))
    for each in report.notes:
        yield Paragraph((sentence(each),))
    if report.frozen:
        yield Paragraph((sentence(frozen_text(report.frozen)),))
    yield Heading(("Top consumers by size",))
    yield _types_table(report.largest)
    yield Heading(("Top consumers by count",))
    yield _types_table(report.most)
    if report.estimate is not None:
        yield from _estimated(report.estimate)
    if len(report.rss) > 1:
        start = report.rss[0][0]
        points = tuple((at - start, float(size)) for at, size in report.rss)
        yield Chart("RSS", (Line(("RSS",), points),), is_size=True)


def _estimated(estimate: Estimated) -> Iterator[Block]:
    yield Heading((f"Not tracked by the collector, estimated at {clock_text(estimate.at)}",))
    for each in estimate.texts:
        yield Paragraph((sentence(each),))
    yield Table(
        ("type", "count, about", "size, about"),
        tuple(
            ((Name(name),), (count_text(count),), (size_text(size),))
            for name, count, size in estimate.types
        ),
    )


def _types_table(rows: Sequence[TypeTotal]) -> Table:
    return Table(
        ("type", "count", "size", "% of size"),
        tuple(
            ((Name(r.name),), (count_text(r.count),), (size_text(r.size),), (share_text(r.share),))
            for r in rows
        ),
    )


def growth(report: Report) -> Iterator[Block]:
    """What grew over the run, and what a collection gave back."""
    if not report.growing:
        yield Paragraph((sentence(none_grew_text(report.rounds, least_growth(report.rounds))),))
    else:
        yield Paragraph(
            (
                (
                    f"{counted(len(report.growing), 'type')} grew in most of the {report.rounds} rounds."
                    f"{'' if report.collected is None else _FREED}"
                ),
            )
        )
        yield Table(
            ("type", "count", "Δ count", "Δ size", "per min", "rounds", "freed", "trend"),
            tuple(_growing_row(row) for row in report.growing[:ROWS]),
        )
        yield Chart("Growth since the first count, objects", _lines(report))
    if report.steady:
        yield Heading(("Steady containers",))
        yield Bullets(tuple(steady_words(each) for each in report.steady[:ROWS]))
    yield Heading(("Effectiveness of a collection",))
    yield from _effectiveness(report)


def _lines(report: Report) -> tuple[Line, ...]:
    """The fastest growing types; those that grew in step are one line, or they would hide each other."""
    step = report.for_s / report.rounds if report.rounds else 0.0
    names: dict[tuple[int, ...], list[str]] = {}
    for row in report.growing[:ROWS]:
        changes = tuple(count - row.trend[0] for count in row.trend)
        if changes in names or len(names) < LINES:
            names.setdefault(changes, []).append(row.name)
    return tuple(
        Line(
            tuple(word for name in together for word in (", ", Name(name)))[1:],
            tuple((number * step, float(change)) for number, change in enumerate(changes)),
        )
        for changes, together in names.items()
    )


def _growing_row(row: GrowingType) -> tuple[Words, ...]:
    return (
        (Name(row.name),),
        (count_text(row.count),),
        (count_text(row.count_delta, signed=True),),
        (size_text(row.size_delta, signed=True),),
        (rate_text(row.per_minute),),
        (rounds_text(row.grew, row.rounds),),
        (count_text(row.freed),),
        (spark_text(row.trend, len(row.trend)),),
    )


def _effectiveness(report: Report) -> Iterator[Block]:
    done = report.collected
    if done is None:
        yield Paragraph(("Unknown: there was no collection in this run.",))
        return
    before = report.last
    rss = rss_text(done.rss_before, done.rss_after)
    yield Paragraph(
        (
            (
                f"Reclaimable: {counted(done.freed, 'object')}, {freed_size_text(done.freed, done.listed, done.size)}. "
                f"The process stood still for {millis_text(done.pause)}, "
                f"{counted(done.uncollectable, 'object')} could not be collected."
                + (rss and f" {rss}.")
            ),
        )
    )
    if done.at >= before.at:
        yield Paragraph(
            (
                (
                    f"Retained: about {counted(max(0, before.objects - done.freed), 'object')}, "
                    f"{size_text(max(0, before.size - done.size))}."
                ),
            )
        )
    if not done.agrees:
        yield Paragraph((sentence(freed_note(done.freed, done.listed)),))
    if done.types:
        yield Table(
            ("freed type", "count", "size"),
            tuple(
                ((Name(name),), (count_text(count),), (size_text(size),))
                for name, count, size in done.types[:LINES]
            ),
        )
