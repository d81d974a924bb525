"""``memtui diff``: what grew between two counts, or in each of several rounds."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import click

from memtui.cli.document import document, estimate_json, instant
from memtui.cli.interpreter import check_plain, interpreter_option
from memtui.cli.options import (
    Attaching,
    Finite,
    Listing,
    Whole,
    asking_options,
    examples,
    listing_options,
    pid_argument,
    untracked_option,
)
from memtui.cli.output import Output, note, note_estimate, note_frozen, note_shown, write_json
from memtui.cli.progress import Progress
from memtui.cli.table import write_table
from memtui.model.interpreters import MAIN
from memtui.present.growth import (
    CHANGES,
    REGULARITY,
    TOTALS,
    TYPE,
    always_text,
    changes,
    regularity,
    totals,
)
from memtui.present.spans import Span
from memtui.present.text import counted, size_text

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    from memtui.cli.connect import Target
    from memtui.model.rounds import Rounds
    from memtui.present.spans import Line
    from memtui.runs.counting import Counted

_COLUMNS = (TYPE, *TOTALS, *CHANGES)


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """At least two counts of a target, and the ``wanted`` rounds."""

    entered: Target
    counts: Sequence[Counted]
    wanted: int

    @property
    def complete(self) -> bool:
        """Whether no round is missing."""
        return len(self.counts) == self.wanted + 1


@click.command(
    "diff",
    short_help="growth over an interval, or over rounds of it",
    epilog=examples(
        "diff 4213 --interval 60",
        "diff 4213 --interpreter all",
        "diff 4213 --rounds 5 --interval 10 --filter 'shop.*'",
    ),
)
@pid_argument
@click.option(
    "--interval",
    type=Finite(min=0, min_open=True),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait between two counts.",
)
@click.option(
    "--rounds",
    type=Whole(min=1),
    metavar="N",
    default=1,
    show_default=True,
    help="How many intervals: separates types that grew in each of them from those that grew once.",
)
@untracked_option
@interpreter_option(
    "Compare two counts of this interpreter, or of all, from outside: others than the main one (0) too."
)
@listing_options(types=True)
@asking_options()
def command(  # noqa: PLR0913 (one parameter an option)
    *,
    pid: int,
    interval: float,
    rounds: int,
    untracked: bool,
    interpreter: int | str | None,
    listing: Listing,
    attaching: Attaching,
    as_json: bool,
) -> None:
    """Count the objects of process PID twice and show the types that changed.

    Sorted by the change in size or count, largest growth first. With --rounds it counts once more
    after each interval, and the types that grew in every round come first. If it is interrupted, or
    the target ends, after the first round, what was seen so far is shown.

    The objects are those of the main interpreter. --interpreter counts others, or all, by reading the
    process's memory, without sizes: nothing of memtui's runs there.
    """
    if interpreter is not None and interpreter != MAIN:
        from memtui.cli.outside_growth import compare

        check_plain(
            "diff",
            interpreter,
            {"--untracked": untracked, "--mine": listing.mine, "--rounds": rounds > 1},
        )
        compare(pid, interpreter, interval, listing, attaching, as_json=as_json)
        return
    from memtui.cli.connect import complete, target
    from memtui.cli.own import own_types
    from memtui.runs.counting import count_in_rounds

    async def work() -> None:
        counts: list[Counted] = []
        entered: Target | None = None
        owns: Callable[[str], bool] | None = None
        try:
            with Progress() as progress:
                async with target(pid, attaching, progress) as entered:
                    owns = await own_types(entered.session, listing, attaching.timeout)
                    found = count_in_rounds(
                        entered.session,
                        interval,
                        rounds,
                        untracked=untracked,
                        progress=progress.step,
                        timeout=attaching.timeout,
                    )
                    async with aclosing(found):
                        async for each in found:
                            counts.append(each)
                            if rounds > 1 and len(counts) > 1:
                                progress.clear()
                                _tell_round(counts, rounds)
        finally:
            # Also when it is cut short: the counts so far are then even more valuable.
            if entered is not None and len(counts) > 1:
                _write(_Seen(entered, counts, rounds), listing, owns, as_json=as_json)

    complete(work())


def _tell_round(counts: list[Counted], rounds: int) -> None:
    from memtui.store.history import rounds_between

    before, after = counts[-2].census, counts[-1].census
    grew = sum(grown > 0 for grown in rounds_between([before, after]).grown)
    note(
        f"round {len(counts) - 1} of {rounds}: "
        f"{counted(after.objects - before.objects, 'object', signed=True)}, "
        f"{size_text(after.size - before.size, signed=True)}, {counted(grew, 'type')} grew"
    )


def _write(
    seen: _Seen,
    listing: Listing,
    owns: Callable[[str], bool] | None,
    *,
    as_json: bool,
) -> None:
    """Write what changed, as a table or as one document."""
    from memtui.store.history import rounds_between

    growth = rounds_between([each.census for each in seen.counts])
    # What changed on the way and then changed back did not grow over the whole span.
    changed = [
        row
        for row in growth.rows
        if seen.wanted > 1 or growth.count_deltas[row] or growth.size_deltas[row]
    ]
    matching = listing.matching(changed, growth.names.__getitem__, owns)
    rows = _arranged(growth, matching, listing, in_rounds=seen.wanted > 1)
    if as_json:
        write_json(_document(seen, growth, rows, len(changed)))
        return
    output = Output()
    seen.entered.describe(output)
    _write_totals(output, seen, growth)
    if rows and seen.wanted > 1:
        cells = [(*_cells(growth, row), *regularity(growth, row)) for row in rows]
        write_table(output, (*_COLUMNS, *REGULARITY), cells)
    elif rows:
        write_table(output, _COLUMNS, [_cells(growth, row) for row in rows])
    elif not changed:
        output.line("no type changed")
    output.line()
    seen.entered.price(output)
    note_shown(len(rows), len(matching), "changed types", listing.wanted)


def _arranged(
    growth: Rounds, matching: Sequence[int], listing: Listing, *, in_rounds: bool
) -> list[int]:
    """The rows to show; in rounds, types that always grew come first in any order."""
    rows = replace(listing, limit=0).arranged(
        matching,
        name=growth.names.__getitem__,
        count=growth.count_deltas.__getitem__,
        size=growth.size_deltas.__getitem__,
    )
    if in_rounds:
        rows.sort(key=lambda row: not growth.always_grew(row))
    return rows[: listing.limit] if listing.limit else rows


def _document(seen: _Seen, growth: Rounds, rows: Sequence[int], total: int) -> dict[str, Any]:
    before, after = seen.counts[0], seen.counts[-1]
    estimated = frozenset(
        row.type for row in (after.untracked.rows if after.untracked is not None else ())
    )
    return document(
        "diff",
        seen.entered,
        interval_s=round(growth.until - growth.since, 3),
        before=_count_json(before),
        after=_count_json(after),
        frozen=after.census.frozen,
        types=[_type_json(growth, row, estimated) for row in rows],
        types_total=total,
        coverage=after.census.coverage,
        **estimate_json(after.untracked),
        rounds=_rounds_json(seen.counts),
        rounds_wanted=seen.wanted,
    )


def _count_json(found: Counted) -> dict[str, int | None]:
    return {
        "objects": found.census.objects,
        "bytes": found.census.size,
        "rss_bytes": found.rss_bytes,
    }


def _rounds_json(counts: Sequence[Counted]) -> list[dict[str, Any]]:
    return [
        {
            "at": instant(after.census.at),
            "interval_s": round(after.census.at - before.census.at, 3),
            **_count_json(after),
            "objects_delta": after.census.objects - before.census.objects,
            "bytes_delta": after.census.size - before.census.size,
        }
        for before, after in pairwise(counts)
    ]


def _type_json(growth: Rounds, row: int, estimated: Container[str]) -> dict[str, Any]:
    steadiness = growth.steadiness[row]
    return {
        "type": growth.names[row],
        "count": growth.counts[row],
        "bytes": growth.sizes[row],
        "count_delta": growth.count_deltas[row],
        "bytes_delta": growth.size_deltas[row],
        "count_per_s": round(growth.per_minute(row) / 60, 3),
        "estimated": growth.names[row] in estimated,
        "rounds_grown": growth.grown[row],
        "rounds_shrunk": growth.shrunk[row],
        "round_deltas": [deltas[row] for deltas in growth.round_deltas],
        "steadiness": None if steadiness is None else round(steadiness, 4),
    }


def _write_totals(output: Output, seen: _Seen, growth: Rounds) -> None:
    before, after = seen.counts[0], seen.counts[-1]
    objects = after.census.objects - before.census.objects
    size = after.census.size - before.census.size
    rss = None
    if before.rss_bytes is not None and after.rss_bytes is not None:
        rss = after.rss_bytes - before.rss_bytes
    output.line(
        f"in {growth.until - growth.since:.1f} s: {counted(objects, 'object', signed=True)}, "
        f"{size_text(size, signed=True)}, RSS {size_text(rss, signed=True)}"
    )
    if seen.wanted > 1:
        output.line(always_text(growth))
    output.line()
    if not seen.complete:
        note(f"cut short: {growth.total} of {counted(seen.wanted, 'round')} seen")
    note_frozen(after.census.frozen)
    note_estimate(after.untracked, *(each.untracked for each in seen.counts[:-1]))


def _cells(growth: Rounds, row: int) -> Line:
    return (Span(growth.names[row]), *totals(growth, row), *changes(growth, row))
