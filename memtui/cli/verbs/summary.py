"""``memtui summary``: how many objects of each type, and how large."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from memtui.cli.document import document
from memtui.cli.options import (
    Attaching,
    Listing,
    attaching_options,
    examples,
    json_option,
    listing_options,
    pid_argument,
    redact_option,
    untracked_option,
)
from memtui.cli.output import Output, note, note_frozen, note_shown, write_json
from memtui.cli.progress import Progress
from memtui.cli.table import write_table
from memtui.cli.untracked import (
    count,
    estimate_json,
    estimate_note,
    outside_bytes,
    untold_notes,
    write_outside,
)
from memtui.present.columns import Column
from memtui.present.spans import line_of
from memtui.present.text import count_text, share_text, size_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from memtui.cli.connect import Target
    from memtui.verbs.census import Census
    from memtui.verbs.untracked import Estimate, Untracked

_COLUMNS = (
    Column("type", "type", 16, 100, "left", True, 72, "ascending", "end"),
    Column("count", "count", 11, 90),
    Column("size", "size", 8, 80),
    Column("share", "%", 5, 10, sorts=None),
)
_Row = tuple[str, int, int]


@click.command(
    "summary",
    short_help="type summary",
    epilog=examples(
        "summary 4213 --filter 'shop.*' --sort count",
        "summary 4213 --untracked",
        "summary 4213 --limit 0 --json",
    ),
)
@pid_argument
@untracked_option
@listing_options()
@attaching_options
@redact_option()
@json_option
def command(
    *, pid: int, untracked: bool, listing: Listing, attaching: Attaching, as_json: bool
) -> None:
    """Count the objects of each type that the collector of process PID tracks.

    Sizes are shallow: what sys.getsizeof gives, without what the objects refer to. With --untracked
    texts, numbers, numpy arrays and other objects that the collector does not track are estimated
    as well, and buffers of torch and pyarrow are told: data count once, a view is not its base.
    """
    from memtui.cli.connect import complete, target

    async def work() -> None:
        with Progress() as progress:
            async with target(pid, attaching, progress) as entered:
                census, estimate = await count(
                    entered.session, attaching, progress, untracked=untracked
                )
        _write(entered, census, estimate, listing, as_json=as_json)

    complete(work())


def _write(
    entered: Target,
    census: Census,
    estimate: Untracked | None,
    listing: Listing,
    *,
    as_json: bool,
) -> None:
    alive = [row for row in zip(census.names, census.counts, census.sizes, strict=True) if row[1]]
    matching = listing.matching(alive, _name)
    rows = listing.arranged(matching, name=_name, count=lambda r: r[1], size=lambda r: r[2])
    if as_json:
        outside = outside_bytes(estimate)
        estimates = {str(row.type): row for row in estimate.rows} if estimate is not None else {}
        write_json(
            document(
                "summary",
                entered,
                objects=census.objects,
                bytes=census.size,
                coverage=census.coverage,
                frozen=census.frozen,
                types=[_type_json(row, census.size, estimates, outside) for row in rows],
                types_total=len(alive),
                **estimate_json(estimate),
            )
        )
        return
    output = Output()
    entered.describe(output)
    which = "in all" if estimate is not None else "tracked by the collector"
    output.line(
        f"{count_text(census.objects)} objects {which}, "
        f"{size_text(census.size)}, {count_text(len(alive))} types"
    )
    output.line()
    write_table(
        output,
        _COLUMNS,
        [
            line_of(name, count_text(count), size_text(size), share_text(_share(size, census.size)))
            for name, count, size in rows
        ],
    )
    if estimate is not None:
        write_outside(output, estimate)
    output.line()
    entered.price(output)
    if estimate is not None:
        for words in (estimate_note(estimate), *untold_notes(estimate)):
            note(words)
    note_frozen(census.frozen)
    note_shown(len(rows), len(matching), "types", listing.glob)


def _type_json(
    row: _Row, whole: int, estimates: Mapping[str, Estimate], outside: Mapping[str, int]
) -> dict[str, Any]:
    name, count, size = row
    estimate = estimates.get(name)
    return {
        "type": name,
        "count": count,
        "bytes": size,
        "share": round(_share(size, whole), 6),
        "tracked": count > (estimate.count if estimate else 0),
        "estimated": estimate is not None,
        "untracked_count": estimate.count if estimate else 0,
        "untracked_at_most": estimate.most if estimate else 0,
        "untracked_at_least": estimate.least if estimate else 0,
        "outside_bytes": outside.get(name, 0),
    }


def _name(row: _Row) -> str:
    return row[0]


def _share(size: int, whole: int) -> float:
    return size / whole if whole else 0.0
