"""``memtui summary``: how many objects of each type, and how large."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from memtui.cli.document import document, estimate_json
from memtui.cli.interpreter import check_plain, interpreter_option
from memtui.cli.options import (
    Attaching,
    Listing,
    asking_options,
    examples,
    listing_options,
    pid_argument,
    untracked_option,
)
from memtui.cli.output import Output, note_estimate, note_frozen, note_shown, write_json
from memtui.cli.progress import Progress
from memtui.cli.table import write_table
from memtui.model.interpreters import MAIN
from memtui.present.text import count_text, counted, size_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from memtui.cli.connect import Target
    from memtui.present.columns import Column
    from memtui.present.spans import Line
    from memtui.runs.counting import Counted
    from memtui.verbs.untracked import EstimatedType, Untracked

_Row = tuple[str, int, int]


@click.command(
    "summary",
    short_help="type summary",
    epilog=examples(
        "summary 4213 --filter 'shop.*' --sort count",
        "summary 4213 --mine --filter 'shop.*,!*Cart'",
        "summary 4213 --untracked",
        "summary 4213 --interpreter all",
        "summary 4213 --limit 0 --json",
    ),
)
@pid_argument
@untracked_option
@interpreter_option(
    "Count the objects of this interpreter, or of all, by type: others than the main one (0) from "
    "outside, without sizes."
)
@listing_options(types=True)
@asking_options()
def command(  # noqa: PLR0913 (one parameter an option)
    *,
    pid: int,
    untracked: bool,
    interpreter: int | str | None,
    listing: Listing,
    attaching: Attaching,
    as_json: bool,
) -> None:
    """Count the objects of each type that the collector of process PID tracks.

    Sizes are shallow: what sys.getsizeof gives, without what the objects refer to. --untracked adds
    an estimate, with error bounds, of strings, numbers and bytes, and counts the buffers behind
    NumPy, torch and pyarrow objects once.

    The collector's objects are those of the main interpreter. --interpreter counts others by reading
    the process's memory: nothing of memtui's runs in them.
    """
    if interpreter is not None and interpreter != MAIN:
        from memtui.cli.outside import summarize

        check_plain("summary", interpreter, {"--untracked": untracked, "--mine": listing.mine})
        summarize(pid, interpreter, listing, attaching, as_json=as_json)
        return
    from memtui.cli.connect import complete, target
    from memtui.cli.own import own_types
    from memtui.runs.counting import count

    async def work() -> None:
        with Progress() as progress:
            async with target(pid, attaching, progress) as entered:
                found = await count(
                    entered.session,
                    untracked=untracked,
                    progress=progress.step,
                    timeout=attaching.timeout,
                )
                owns = await own_types(entered.session, listing, attaching.timeout)
        _write(entered, found, listing, owns, as_json=as_json)

    complete(work())


def _write(
    entered: Target,
    found: Counted,
    listing: Listing,
    owns: Callable[[str], bool] | None,
    *,
    as_json: bool,
) -> None:
    census, estimate = found.census, found.untracked
    alive = [row for row in zip(census.names, census.counts, census.sizes, strict=True) if row[1]]
    matching = listing.matching(alive, _name, owns)
    rows = listing.arranged(matching, name=_name, count=lambda r: r[1], size=lambda r: r[2])
    if as_json:
        outside = {} if estimate is None else estimate.beside
        estimates = {} if estimate is None else {str(row.type): row for row in estimate.rows}
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
    from memtui.verbs.census import COLUMNS, cells

    output = Output()
    entered.describe(output)
    which = "in all" if estimate is not None else "tracked by the collector"
    output.line(
        f"{counted(census.objects, 'object')} {which}, {size_text(census.size)}, "
        f"{counted(len(alive), 'type')}"
    )
    output.line()
    write_table(output, COLUMNS, [cells(*row, census.size) for row in rows])
    if estimate is not None:
        _write_outside(output, estimate)
    output.line()
    entered.price(output)
    note_estimate(estimate)
    note_frozen(census.frozen)
    note_shown(len(rows), len(matching), "types", listing.wanted)


def _write_outside(output: Output, estimate: Untracked) -> None:
    """Write tables: memory beside objects, its holders, and memory elsewhere."""
    from memtui.verbs.untracked import (
        BUFFER_COLUMNS,
        HOLDER_COLUMNS,
        MAPPED,
        PROCESS,
        buffer_cells,
        holder_cells,
    )

    def write(title: str, columns: Sequence[Column], rows: Sequence[Line]) -> None:
        if rows:
            output.line()
            output.line(title)
            write_table(output, columns, rows)

    outside = sorted(estimate.outside, key=lambda each: -each.size)
    write(
        "beside the objects, in the sizes above; each buffer counts once, a view is not its base:",
        BUFFER_COLUMNS,
        [buffer_cells(each) for each in outside if each.place == PROCESS],
    )
    for pool in estimate.pools:
        output.line(f"{pool.library} has allocated {size_text(pool.size)} in all, by its own count")
    holders = sorted(estimate.holders, key=lambda each: -each.size)
    write(
        "arrays and buffers that these hold, already counted as arrays and buffers:",
        HOLDER_COLUMNS,
        [holder_cells(each) for each in holders if each.size],
    )
    write(
        "not in the sizes above, as it is not memory of this process:",
        BUFFER_COLUMNS,
        [buffer_cells(each) for each in outside if each.place not in (PROCESS, MAPPED)],
    )
    for mapped in (each for each in estimate.outside if each.place == MAPPED):
        output.line()
        output.line(
            f"{size_text(mapped.size)} of address space mapped by {mapped.type} "
            f"({count_text(mapped.regions)}): not in the sizes above, "
            "how much of it is in memory is unknown"
        )


def _type_json(
    row: _Row, whole: int, estimates: Mapping[str, EstimatedType], outside: Mapping[str, int]
) -> dict[str, Any]:
    name, count, size = row
    estimate = estimates.get(name)
    return {
        "type": name,
        "count": count,
        "bytes": size,
        "share": round(size / whole if whole else 0.0, 6),
        "tracked": count > (estimate.count if estimate else 0),
        "estimated": estimate is not None,
        "untracked_count": estimate.count if estimate else 0,
        "untracked_at_most": estimate.most if estimate else 0,
        "untracked_at_least": estimate.least if estimate else 0,
        "untracked_bounded": estimate is None or estimate.is_bounded,
        "outside_bytes": outside.get(name, 0),
    }


def _name(row: _Row) -> str:
    return row[0]
