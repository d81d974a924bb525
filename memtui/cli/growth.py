"""Growth on stdout: the answer of ``memtui diff``, for one interval and for rounds of it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from memtui.cli.document import document, instant
from memtui.cli.output import Output, note, note_frozen, note_shown, write_json
from memtui.cli.table import write_table
from memtui.cli.untracked import estimate_json, estimate_note, untold_notes
from memtui.model.errors import MemtuiError
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
from memtui.present.text import count_text, size_text

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from memtui.cli.connect import Target
    from memtui.cli.options import Attaching, Listing
    from memtui.cli.progress import Progress
    from memtui.model.rounds import Rounds
    from memtui.present.spans import Line
    from memtui.verbs.census import Census
    from memtui.verbs.untracked import Untracked

_COLUMNS = (TYPE, *TOTALS, *CHANGES)


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One look at the target: its objects and its RSS at the same time."""

    census: Census
    rss_bytes: int | None
    untracked: Untracked | None = None

    def json(self) -> dict[str, int | None]:
        """As ``before`` and ``after`` have it."""
        return {
            "objects": self.census.objects,
            "bytes": self.census.size,
            "rss_bytes": self.rss_bytes,
        }


@dataclass(frozen=True, slots=True)
class Looker:
    """Looks at a target again and again, in the same way."""

    entered: Target
    attaching: Attaching
    progress: Progress
    untracked: bool

    async def look(self) -> Look:
        """Count, and read the RSS right after."""
        from memtui.attach.facts import process_facts
        from memtui.cli.untracked import count

        census, untracked = await count(
            self.entered.session, self.attaching, self.progress, untracked=self.untracked
        )
        try:
            rss = process_facts(self.entered.process.pid).rss_bytes
        except MemtuiError:
            rss = None  # It ended right after it was counted.
        return Look(census, rss, untracked)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """The looks there were at a target, two at least, of the ``wanted`` rounds."""

    entered: Target
    looks: Sequence[Look]
    wanted: int

    @property
    def complete(self) -> bool:
        """Whether no round is missing."""
        return len(self.looks) == self.wanted + 1


def rounds_of(looks: Sequence[Look]) -> Rounds:
    """What changed from each look to the next."""
    from memtui.store.history import History
    from memtui.store.rounds import rounds

    # It brings the names of all into one order.
    history = History(max_age_s=float("inf"), max_bytes=1 << 40)
    return rounds([history.add(look.census) for look in looks], "first count")


def write(seen: Seen, listing: Listing, *, as_json: bool) -> None:
    """Write what changed, as a table or as one document."""
    growth = rounds_of(seen.looks)
    # What changed on the way and is as before again is no growth of the whole span.
    changed = [
        row
        for row in growth.rows
        if seen.wanted > 1 or growth.count_deltas[row] or growth.size_deltas[row]
    ]
    matching = listing.matching(changed, growth.names.__getitem__)
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
    note_shown(len(rows), len(matching), "changed types", listing.glob)


def _arranged(
    growth: Rounds, matching: Sequence[int], listing: Listing, *, in_rounds: bool
) -> list[int]:
    """The rows to show; in rounds those that always grew come first, however they are sorted."""
    from dataclasses import replace

    rows = replace(listing, limit=0).arranged(
        matching,
        name=growth.names.__getitem__,
        count=growth.count_deltas.__getitem__,
        size=growth.size_deltas.__getitem__,
    )
    if in_rounds:
        rows.sort(key=lambda row: not growth.always_grew(row))
    return rows[: listing.limit] if listing.limit else rows


def _document(seen: Seen, growth: Rounds, rows: Sequence[int], total: int) -> dict[str, Any]:
    before, after = seen.looks[0], seen.looks[-1]
    estimated = frozenset(
        row.type for row in (after.untracked.rows if after.untracked is not None else ())
    )
    return document(
        "diff",
        seen.entered,
        interval_s=round(growth.until - growth.since, 3),
        before=before.json(),
        after=after.json(),
        frozen=after.census.frozen,
        types=[_type_json(growth, row, estimated) for row in rows],
        types_total=total,
        coverage=after.census.coverage,
        **estimate_json(after.untracked),
        rounds=_rounds_json(seen.looks),
        rounds_wanted=seen.wanted,
    )


def _rounds_json(looks: Sequence[Look]) -> list[dict[str, Any]]:
    return [
        {
            "at": instant(after.census.at),
            "interval_s": round(after.census.at - before.census.at, 3),
            **after.json(),
            "objects_delta": after.census.objects - before.census.objects,
            "bytes_delta": after.census.size - before.census.size,
        }
        for before, after in pairwise(looks)
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


def _write_totals(output: Output, seen: Seen, growth: Rounds) -> None:
    before, after = seen.looks[0], seen.looks[-1]
    objects = after.census.objects - before.census.objects
    size = after.census.size - before.census.size
    rss = None
    if before.rss_bytes is not None and after.rss_bytes is not None:
        rss = after.rss_bytes - before.rss_bytes
    output.line(
        f"in {growth.until - growth.since:.1f} s: {count_text(objects, signed=True)} objects, "
        f"{size_text(size, signed=True)}, RSS {size_text(rss, signed=True)}"
    )
    if seen.wanted > 1:
        output.line(always_text(growth))
    output.line()
    if not seen.complete:
        note(f"cut short: {growth.total} of {seen.wanted} rounds were seen")
    note_frozen(after.census.frozen)
    if after.untracked is not None:
        for words in (estimate_note(after.untracked), *untold_notes(after.untracked)):
            note(words)


def _cells(growth: Rounds, row: int) -> Line:
    return (Span(growth.names[row]), *totals(growth, row), *changes(growth, row))
