"""Findings: what the figures of a run mean.  Every figure in a sentence comes from that run."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from memtui.diagnosis.advice import ADVICE
from memtui.diagnosis.containers import is_standard
from memtui.diagnosis.elsewhere import BOUNDED, KEPT, native
from memtui.diagnosis.matching import Match, is_material, is_twin, keepers, kind_of
from memtui.model.report import Confidence, Finding, Name, Pattern
from memtui.present.text import count_text, counted, rate_text, rounds_text, share_text, size_text
from memtui.present.words import interpreters_text, none_grew_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from memtui.model.report import Container, GrowingType, Report, Words

#: Garbage is a finding from this many objects or bytes on, or if it made a type grow.
GARBAGE_LEAST = 1000
GARBAGE_SIZE = 1 << 20
#: This many more threads than at the start are a finding.
THREADS_LEAST = 5

_SLOWING: Words = ("the growth is slowing down: this may be a cache that is filling up",)
_SAWTOOTH: Words = (
    "it fell back by half of its growth or more in between: this may be a cache that is emptied",
)
_VERDICTS = {
    Pattern.GARBAGE: "garbage",
    Pattern.NATIVE: "native",
    Pattern.BACKLOG: "backlog",
    Pattern.NONE: "none",
    Pattern.BOUNDED: "none",
    Pattern.FILLING: "none",
}


def verdict_of(findings: Sequence[Finding], interpreters: int | None = None) -> str:
    """leak, garbage, backlog, native, none or unknown; the first finding decides.

    Growth of low confidence is ``unknown``: it may be garbage, or end; but what has a bound is no leak.
    Nor is there ``none`` where other ``interpreters`` run that nobody looked into.
    """
    verdict = "none"
    if findings and findings[0].confidence is not Confidence.LOW:
        verdict = _VERDICTS.get(findings[0].pattern, "leak")
    elif findings and findings[0].pattern in {*KEPT, Pattern.NATIVE, Pattern.ELSEWHERE}:
        verdict = "unknown"
    return "unknown" if verdict == "none" and (interpreters or 1) > 1 else verdict


def of(report: Report) -> list[Finding]:
    """All findings, the surest first; if there is nothing to report, one finding that says so."""
    kept = [row for row in report.growing if not row.is_given_back]
    matches, left = keepers(kept, report.containers)
    found = [
        *(_held(match, report) for match in matches),
        *_without_holder(left, report),
        *_garbage(report),
    ]
    found += [*native(report, matches, found), *_threads(report)]
    order = list(Confidence)
    found.sort(key=lambda each: (each.pattern in BOUNDED, order.index(each.confidence)))
    return found or [_none(report)]


def _held(match: Match, report: Report) -> Finding:
    container, row = match.container, match.row
    where = _where(match)
    title: Words
    if row is None:
        title = (*where, " keeps ", *_entry_words(container.main_entry, "its entries"))
    else:
        # What is not among its entries may be below them: that it grew as much is all that was seen.
        seen = not container.entries or row.name in dict(container.entries)
        title = (*where, " keeps " if seen else " grows in step with ", Name(row.name), " objects")
        if is_material(row.name):
            along = next(
                (o for o in match.others if is_twin(o, row) and not is_material(o.name)), None
            )
            title += () if along is None else (", with ", Name(along.name))
    if match.pattern is Pattern.BOUNDED:
        title += (f"; it is bounded at {_fill_text(container)}",)
    evidence: list[Words] = [(*where, *_length_words(container))]
    if row is not None:
        evidence.append(_growth_words(row))
    evidence += _entries_words(match)
    if match.others:
        names = _listed([other.name for other in match.others])
        evidence.append(("growing alongside, and perhaps held by them: ", *names))
    evidence += _tested(row, report)
    evidence += _shape_words(row)
    pattern = match.pattern
    return Finding(
        pattern,
        title,
        tuple(evidence),
        _advice(pattern),
        Confidence.HIGH if pattern is Pattern.BOUNDED else match.confidence,
        container.main_entry if row is None else row.name,
        container,
    )


def _fill_text(container: Container) -> str:
    """``9,000, 94 % full``."""
    bound = container.bound or 0
    share = f", {100 * container.length // bound} % full" if bound else ""
    return f"{count_text(bound)}{share}"


def _shape_words(row: GrowingType | None) -> list[Words]:
    if row is None:
        return []
    return [*([_SLOWING] if row.is_slowing else []), *([_SAWTOOTH] if row.is_sawtooth else [])]


def _where(match: Match) -> Words:
    container = match.container
    if container.name is None:
        return ("a ", Name(container.type), f" at 0x{container.address:x}")
    return (Name(container.name),)


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
    told: Words = ("sampled among the last entries: ", *words)
    if match.row is None and container.delta is not None:
        size = container.delta * container.entry_size
        told += (
            f"; {size_text(container.entry_size)} each on average, {size_text(size)} together",
        )
    return [told]


def _growth_words(row: GrowingType) -> Words:
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
        return [(f"the collection at the end freed {count_text(row.freed)} of that type",)]
    if report.collected is None:
        return [("no collection was run, so part of this may be garbage that is not freed yet",)]
    return []


def _without_holder(left: Sequence[GrowingType], report: Report) -> Iterator[Finding]:
    """Types that grew, but that no known container explains: one finding for each pattern."""
    groups: dict[Pattern, list[GrowingType]] = {}
    # The program's own types say more than those of the standard library.
    for row in sorted(left, key=lambda row: is_standard(row.name)):
        ends = Pattern.FILLING if row.is_bounded else None
        groups.setdefault(ends or kind_of(row.name) or Pattern.UNKNOWN, []).append(row)
    for pattern, rows in groups.items():
        first = rows[0]
        evidence = [_growth_words(row) for row in rows[:5]]
        evidence += _tested(first, report)
        evidence += _shape_words(first)
        evidence.append(("who holds them is not known: no sampled container grew with them",))
        sure = first.rounds >= 3 and not first.is_bounded and report.collected is not None
        confidence = Confidence.MEDIUM if sure else Confidence.LOW
        title: Words = (Name(first.name), f" objects grow: {pattern}")
        if pattern is Pattern.UNKNOWN:
            title = (Name(first.name), " objects grow; their holder is not known")
        words = (
            *_advice(pattern),
            " " if pattern is not Pattern.UNKNOWN else "",
            *_next_steps(first, report),
        )
        yield Finding(pattern, title, tuple(evidence), words, confidence, first.name)


def _next_steps(row: GrowingType, report: Report) -> Words:
    """Commands that can be pasted as they stand."""
    pid = report.process.pid
    age = "--sort age --order ascending"
    return (
        "Inspect some of them, the newest first (",
        Name(f"memtui instances {pid} {quote(row.name)} {age} -x 2"),
        "), the module's globals (",
        Name(f"memtui global {pid} {quote(_module_of(row.name))}"),
        "), and the lines that allocate them (",
        Name(f"memtui allocations {pid} --for 30"),
        ").",
    )


def _module_of(kind: str) -> str:
    """The module that a type's name most likely begins with: classes within classes begin with capitals."""
    parts = kind.split(".<locals>", maxsplit=1)[0].split(".")[:-1]
    while len(parts) > 1 and parts[-1][:1].isupper():
        parts.pop()
    return ".".join(parts) or "__main__"


def _garbage(report: Report) -> Iterator[Finding]:
    done = report.collected
    if done is None:
        return
    given_back = [row for row in report.growing if row.is_given_back]
    given_back.sort(key=lambda row: (is_material(row.name), is_standard(row.name)))
    much = done.freed >= GARBAGE_LEAST or done.size >= GARBAGE_SIZE
    if not given_back and not much:
        return
    evidence: list[Words] = [
        (
            f"the collection freed {counted(done.freed, 'object')}, {size_text(done.size)}",
            f": {share_text(done.freed / max(1, report.last.objects))} % of the tracked objects",
        )
    ]
    evidence += [
        (*_growth_words(row), f"; the collection freed {count_text(row.freed)}")
        for row in given_back[:5]
    ]
    if not given_back:
        evidence.append(("no type that it freed was growing steadily",))
    freed = sum(row.freed or 0 for row in given_back)
    grew = sum(row.count_delta for row in report.growing)
    most = bool(given_back) and 2 * freed >= grew and freed >= THREADS_LEAST
    first = given_back[0].name if given_back else None
    if first is None and done.types:
        first = done.types[0][0]
    title: Words = ("cyclic garbage waits for the collector",)
    if first is not None:
        title += (": ", Name(first))
    confidence = Confidence.HIGH if most else Confidence.LOW
    yield Finding(
        Pattern.GARBAGE, title, tuple(evidence), _advice(Pattern.GARBAGE), confidence, first
    )


def _threads(report: Report) -> Iterator[Finding]:
    before, now = report.threads
    if before is None or now is None or now - before < THREADS_LEAST:
        return
    yield Finding(
        Pattern.THREADS,
        (f"{count_text(now - before)} more threads than at the start",),
        ((f"threads went from {count_text(before)} to {count_text(now)}",),),
        _advice(Pattern.THREADS),
        Confidence.MEDIUM,
    )


def _none(report: Report) -> Finding:
    others = interpreters_text(report.interpreters)
    sure = report.rounds >= 3 and not report.cut_short and not others
    return Finding(
        Pattern.NONE,
        ("no growth was seen in this run" + (" in the main interpreter" if others else ""),),
        (
            *([(others,)] if others else []),
            (
                f"{none_grew_text(report.rounds)} and kept its growth",
                f"; tracked objects went from {count_text(report.first.objects)}",
                f" to {count_text(report.last.objects)}",
            ),
        ),
        _advice(Pattern.NONE),
        Confidence.HIGH if sure else Confidence.LOW,
    )


def _advice(pattern: Pattern) -> Words:
    text = ADVICE[pattern]
    return (text,) if text else ()


def _entry_words(name: str | None, otherwise: str) -> Words:
    return (otherwise,) if name is None else (Name(name), " objects")


def _listed(names: Sequence[str]) -> Words:
    words: list[str] = []
    for name in names[:6]:
        words += [", ", Name(name)] if words else [Name(name)]
    return (*words, f" and {len(names) - 6} more") if len(names) > 6 else tuple(words)
