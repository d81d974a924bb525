"""The conclusions of a report: the cause, what is not known, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memtui.model.report import Name, Pattern
from memtui.present.words import NOT_TRACKED
from memtui.report.blocks import Bullets, Heading, Paragraph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memtui.model.report import Finding, Report, Words
    from memtui.report.blocks import Block


def cause(report: Report) -> Iterator[Block]:
    """Every finding with its evidence, and what is not known."""
    for each in report.findings:
        yield Heading(each.title)
        yield Paragraph(
            (f"Pattern: {each.pattern}. Confidence: {each.confidence}.", *_holder(each))
        )
        yield Bullets(each.evidence)
    yield Heading(("What is not known",))
    yield Bullets((*report.unknown, *_never_known(report)))


def _never_known(report: Report) -> Iterator[Words]:
    """What this kind of run does not find out."""
    if report.estimate is None:
        yield (f"what {NOT_TRACKED} take: the collector does not track them",)
    else:
        yield (f"by how much {NOT_TRACKED} grew: they were estimated once",)
    if report.interpreters is None:
        yield ("whether other interpreters run in this process: that could not be read",)
    yield ("what was there before the run began, and which line made it",)


def _holder(finding: Finding) -> Words:
    if finding.holder is None:
        unheld = finding.pattern in {
            *(Pattern.NONE, Pattern.GARBAGE, Pattern.NATIVE, Pattern.ELSEWHERE),
            *(Pattern.UNMEASURED, Pattern.THREADS),
        }
        return () if unheld else (" Holder: not known.",)
    holder = finding.holder
    if holder.name is None:
        return (
            " Holder: ",
            Name(holder.type),
            f" at 0x{holder.address:x}; which variable that is, is not known.",
        )
    return (" Holder: ", Name(holder.name), f" ({holder.kind}).")


def recommendations(report: Report) -> Iterator[Block]:
    """What to do about each pattern that was found."""
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
