"""``memtui summary``: how many objects of each type, and how large."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from memtui.cli.document import document
from memtui.cli.options import (
    Attaching,
    Listing,
    attaching_options,
    json_option,
    listing_options,
    pid_argument,
)
from memtui.cli.output import Output, note, write_json
from memtui.cli.progress import Progress
from memtui.cli.table import Column, write_table
from memtui.model.text import count_text, share_text, size_text

if TYPE_CHECKING:
    from memtui.cli.connect import Target
    from memtui.model.census import Census

_COLUMNS = (
    Column("type", flexible=True, keep="tail"),
    Column("count", right=True),
    Column("size", right=True),
    Column("%", right=True, need=1),
)
_Row = tuple[str, int, int]


@click.command("summary", short_help="type summary")
@pid_argument
@listing_options()
@attaching_options
@json_option
def command(*, pid: int, listing: Listing, attaching: Attaching, as_json: bool) -> None:
    """Count the objects of each type that the collector of process PID tracks.

    Sizes are shallow: what sys.getsizeof gives, without what the objects refer to.
    """
    from memtui.cli.connect import complete, target

    async def work() -> None:
        with Progress() as progress:
            async with target(pid, attaching, progress) as entered:
                census = await entered.session.census(
                    progress=progress.step, timeout=attaching.timeout
                )
        _write(entered, census, listing, as_json=as_json)

    complete(work())


def _write(entered: Target, census: Census, listing: Listing, *, as_json: bool) -> None:
    alive = [row for row in zip(census.names, census.counts, census.sizes, strict=True) if row[1]]
    matching = listing.matching(alive, _name)
    rows = listing.arranged(matching, name=_name, count=lambda r: r[1], size=lambda r: r[2])
    if as_json:
        write_json(
            document(
                "summary",
                entered,
                objects=census.objects,
                bytes=census.size,
                coverage=census.coverage,
                frozen=census.frozen,
                types=[_type_json(row, census.size) for row in rows],
                types_total=len(alive),
            )
        )
        return
    output = Output()
    entered.describe(output)
    output.line(
        f"{count_text(census.objects)} objects {census.coverage} by the collector, "
        f"{size_text(census.size)}, {count_text(len(alive))} types"
    )
    output.line()
    write_table(
        output,
        _COLUMNS,
        [
            [name, count_text(count), size_text(size), share_text(_share(size, census.size))]
            for name, count, size in rows
        ],
    )
    output.line()
    entered.price(output)
    _notes(census, shown=len(rows), matching=len(matching))


def _notes(census: Census, *, shown: int, matching: int) -> None:
    from memtui.cli.connect import frozen_note

    if frozen := frozen_note(census.frozen):
        note(frozen)
    if shown < matching:
        note(f"{count_text(shown)} of {count_text(matching)} types (--limit 0 shows all)")


def _type_json(row: _Row, whole: int) -> dict[str, Any]:
    name, count, size = row
    return {
        "type": name,
        "count": count,
        "bytes": size,
        "share": round(_share(size, whole), 6),
        "tracked": True,
        "estimated": False,
    }


def _name(row: _Row) -> str:
    return row[0]


def _share(size: int, whole: int) -> float:
    return size / whole if whole else 0.0
