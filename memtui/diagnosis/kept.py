"""Findings about what grows and stays: who keeps it, as far as that was seen."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from memtui.diagnosis.advice import ADVICE
from memtui.diagnosis.matching import (
    is_material,
    is_near,
    is_perhaps_limited,
    is_twin,
    kind_of,
)
from memtui.diagnosis.places import is_standard
from memtui.model.report import Confidence, Finding, Name, Pattern
from memtui.present.text import count_text, counted, rate_text, rounds_text, size_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from memtui.diagnosis.matching import Match
    from memtui.model.report import Container, GrowingType, Report, Words

#: Entries that lead to nothing else.
_ATOMS = frozenset({"str", "int", "float", "bytes", "bool", "NoneType"})
_SLOWING: Words = ("the growth is slowing down: this may be a cache that is filling up",)
_SAWTOOTH: Words = (
    "it fell back by half of its growth or more in between: this may be a cache that is emptied",
)


def held(match: Match, report: Report) -> Finding:
    """The finding that a container grew, and with which type."""
    container, row = match.container, match.row
    where = _where(container)
    evidence: list[Words] = [(*where, *_length_words(container))]
    if row is not None:
        evidence.append(growth_words(row))
    evidence += _entries_words(match)
    evidence += _others_words(match)
    evidence += _limit_words(container)
    evidence += _tested(row, report)
    evidence += _shape_words(row)
    if match.hint:
        evidence.append((match.hint,))
    if container.name is None:
        command = f"memtui instances {report.process.pid} 0x{container.address:x} -x 1"
        evidence.append(("the container itself: ", Name(command)))
    pattern = match.pattern
    return Finding(
        pattern,
        _title(match),
        tuple(evidence),
        advice(pattern),
        Confidence.HIGH if pattern is Pattern.BOUNDED else match.confidence,
        container.main_entry if row is None else row.name,
        container,
    )


def _title(match: Match) -> Words:
    container, row = match.container, match.row
    kept = container.main_entry if row is None else row.name
    if kept is None:
        title: Words = (*_where(container), " grows")
    else:
        title = (*_where(container), " keeps ", Name(kept), " objects")
    if row is not None and is_material(row.name):
        along = next((o for o in match.others if is_twin(o, row) and not is_material(o.name)), None)
        if along is not None:
            seen = along.name in container.below
            title += (", with " if seen else ", in step with ", Name(along.name))
    if match.pattern is Pattern.BOUNDED:
        title += (f"; it is bounded at {fill_text(container)}",)
    return title


def fill_text(container: Container) -> str:
    """``9,000, 94 % full``."""
    bound = container.bound or 0
    share = f", {100 * container.length // bound} % full" if bound else ""
    return f"{count_text(bound)}{share}"


def _shape_words(row: GrowingType | None) -> list[Words]:
    if row is None:
        return []
    return [*([_SLOWING] if row.is_slowing else []), *([_SAWTOOTH] if row.is_sawtooth else [])]


def _where(container: Container) -> Words:
    if container.name is None:
        return ("a ", Name(container.type), f" at 0x{container.address:x}")
    return (Name(container.name),)


def _others_words(match: Match) -> Iterator[Words]:
    below = [other.name for other in match.others if other.name in match.container.below]
    along = [other.name for other in match.others if other.name not in match.container.below]
    if below:
        yield ("growing alongside, and seen below its entries: ", *_listed(below))
    if along:
        yield ("growing alongside, and perhaps held by them: ", *_listed(along))


def _limit_words(container: Container) -> Iterator[Words]:
    if is_perhaps_limited(container):
        yield (
            (
                f"an attribute beside it that is called like a limit is {count_text(container.beside)}: "
                "whether that limits it is not known"
            ),
        )


def steady_words(container: Container) -> Words:
    """That the length of a container stays while its entries change."""
    lengths = container.lengths
    many = counted(lengths[-1], "entry", "entries")
    if min(lengths) != max(lengths):
        many = f"{count_text(min(lengths))} to {counted(max(lengths), 'entry', 'entries')}"
    bound = f", bounded at {fill_text(container)}" if container.is_bounded else ""
    return (
        *_where(container),
        " (",
        Name(container.type),
        f") is steady at {many}{bound}: entries leave while more come",
    )


def _length_words(container: Container) -> Words:
    now = counted(container.length or 0, "entry", "entries")
    if container.delta is None:
        return (" (", Name(container.type), f") holds {now}; its growth was not measured")
    rate = rate_text(container.per_minute)
    steps = " → ".join(count_text(each) for each in container.lengths)
    return (
        " (",
        Name(container.type),
        f") grew by {counted(container.delta, 'entry', 'entries')} to {count_text(container.length)} ({rate} a minute)",
        f", seen at {steps}" if steps else "",
        f", in the {count_text(container.seen_in)} of them that were seen both times"
        if container.seen_in is not None
        else "",
    )


def _entries_words(match: Match) -> list[Words]:
    container = match.container
    if not container.entries:
        return []
    words: list[str] = []
    for name, many in container.entries:
        words += [", " if words else "", f"{many} ", Name(name)]
    where = "the last entries"
    if container.seen_in is not None or (container.name or "").endswith("[…]"):
        where = "the last entries of the longest of them"
    told: Words = (f"sampled among {where}: ", *words)
    if match.row is None and container.delta is not None:
        size = container.delta * container.entry_size
        told += (
            (
                f"; {size_text(container.entry_size)} each on average, "
                f"so what came has about {size_text(size)}"
            ),
        )
    return [told]


def growth_words(row: GrowingType) -> Words:
    """By how much a type grew, how fast and how often."""
    rate = rate_text(row.per_minute)
    return (
        Name(row.name),
        f" grew by {count_text(row.count_delta)} to {count_text(row.count)} ({rate} a minute)",
        f", in {rounds_text(row.grew, row.rounds)} rounds",
    )


def _tested(row: GrowingType | None, report: Report) -> list[Words]:
    if row is None:
        return []
    if row.freed is not None:
        if 10 * row.unlisted > row.count_delta:
            return [
                (
                    (
                        f"a collection freed at least {count_text(row.freed)} of that type; "
                        f"of {count_text(row.unlisted)} more that it freed the types are not known"
                    ),
                )
            ]
        return [(f"a collection freed {count_text(row.freed)} of that type",)]
    if report.collected is None:
        return [("no collection was run, so part of this may be garbage that is not freed yet",)]
    return []


def without_holder(
    left: Sequence[GrowingType], matches: Sequence[Match], report: Report
) -> Iterator[Finding]:
    """Types that grew, but that no known container explains: one finding for each pattern."""
    groups: dict[Pattern, list[GrowingType]] = {}
    # The program's own types say more than those of the standard library.
    for row in sorted(left, key=lambda row: is_standard(row.name)):
        ends = Pattern.FILLING if row.is_bounded else None
        groups.setdefault(ends or kind_of(row.name) or Pattern.UNKNOWN, []).append(row)
    for pattern, rows in groups.items():
        first = rows[0]
        ending = [m.container for m in matches if _ends_with(m, first)]
        evidence = [growth_words(row) for row in rows[:5]]
        evidence += _tested(first, report)
        evidence += _shape_words(first)
        evidence += [
            (
                *_where(each),
                " grew by as many, and has a limit: whether it leads to them is not known",
            )
            for each in ending
        ]
        evidence += _in_step_words(first, matches, report)
        evidence.append(
            (
                (
                    "who holds them is not known: no container that was looked into and grew like them "
                    "has them among its last entries"
                ),
            )
        )
        sure = first.rounds >= 3 and not first.is_bounded and not first.may_be_given_back
        sure = sure and report.collected is not None and not ending
        title: Words = (Name(first.name), f" objects grow: {pattern}")
        if pattern is Pattern.UNKNOWN:
            title = (Name(first.name), " objects grow; their holder is not known")
        yield Finding(
            pattern,
            title,
            tuple(evidence),
            (*advice(pattern), " " if advice(pattern) else "", *_next_steps(first, report)),
            Confidence.MEDIUM if sure else Confidence.LOW,
            first.name,
        )


def _ends_with(match: Match, row: GrowingType) -> bool:
    """Whether ``row`` grew by as many as a container that will stop growing: it may belong to that."""
    return match.pattern in {Pattern.BOUNDED, Pattern.FILLING} and is_near(match.container, row)


def _in_step_words(row: GrowingType, matches: Sequence[Match], report: Report) -> Iterator[Words]:
    """Containers that grew by as many, and in which none of them was seen."""
    told = {match.container.address for match in matches if match.row is not None}
    near = [
        each
        for each in report.containers
        if each.address not in told and each.main_entry not in _ATOMS and is_near(each, row)
    ]
    for each in near[:3]:
        kept = (", of ", Name(each.main_entry)) if each.main_entry else ()
        yield (
            *_where(each),
            " (",
            Name(each.type),
            f") grew in step, by {counted(each.delta or 0, 'entry', 'entries')}",
            *kept,
            ": whether it leads to them is not known",
        )


def _next_steps(row: GrowingType, report: Report) -> Words:
    """Commands that can be pasted as they stand."""
    pid = report.process.pid
    age = "--sort age --order ascending"
    words: Words = (
        "Inspect some of them, the newest first (",
        Name(f"memtui instances {pid} {quote(row.name)} {age} -x 2"),
        "), ",
    )
    if module := report.modules.get(row.name):
        words += (
            "the globals of their module (",
            Name(f"memtui global {pid} {quote(module)}"),
            "), ",
        )
    return (
        *words,
        "and the lines that allocate (",
        Name(f"memtui allocations {pid} --for 30"),
        ").",
    )


def advice(pattern: Pattern) -> Words:
    """What to do about a pattern."""
    text = ADVICE[pattern]
    return (text,) if text else ()


def _listed(names: Sequence[str]) -> Words:
    words: list[str] = []
    for name in names[:6]:
        words += [", ", Name(name)] if words else [Name(name)]
    return (*words, f" and {len(names) - 6} more") if len(names) > 6 else tuple(words)
