"""What grew in interpreters that were counted from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memtui.model.report import Name
from memtui.present.text import count_text, counted, duration_text, rate_text
from memtui.present.words import moved_text, sentence
from memtui.report.blocks import Heading, Paragraph, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memtui.model.interpreters import OutsideGrowth
    from memtui.model.report import Report
    from memtui.report.blocks import Block

#: Types in the table of one interpreter.
_ROWS = 8


def elsewhere(report: Report) -> Iterator[Block]:
    """A table for each interpreter."""
    if not report.elsewhere:
        return
    yield Heading(("Other interpreters, counted from outside",))
    for each in report.elsewhere:
        yield Paragraph((_objects(each),))
        if each.moved:
            yield Paragraph((sentence(moved_text(each.last)),))
        if rows := each.rows()[:_ROWS]:
            yield Table(
                ("type", "count", "Δ count", "per min"),
                tuple(
                    (
                        (Name(name),),
                        (count_text(many),),
                        (count_text(delta, signed=True),),
                        (rate_text(delta / each.span_s * 60 if each.span_s else None),),
                    )
                    for name, many, delta in rows
                ),
            )


def _objects(each: OutsideGrowth) -> str:
    now = counted(each.last.objects, "object")
    if each.first is None:
        return f"Interpreter {each.interpreter} has {now}; it was not there at the start."
    change = count_text(each.last.objects - each.first.objects, signed=True)
    return f"Interpreter {each.interpreter} has {now}, {change} in {duration_text(each.span_s)}."
