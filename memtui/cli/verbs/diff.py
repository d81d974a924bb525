"""``memtui diff``: what grew between two counts."""

from __future__ import annotations

import time
from dataclasses import dataclass
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
from memtui.model.errors import TargetGone
from memtui.model.text import count_text, duration_text, rate_text, size_text

if TYPE_CHECKING:
    from memtui.cli.connect import Target
    from memtui.model.census import Census
    from memtui.model.growth import Growth
    from memtui.rpc.session import Session

_COLUMNS = (
    Column("type", flexible=True, keep="tail"),
    Column("count", right=True, need=2),
    Column("size", right=True, need=3),
    Column("Δ count", right=True),
    Column("Δ size", right=True),
    Column("per min", right=True, need=1),
)
_TICK_S = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One look at the target: its objects and its RSS at the same time."""

    census: Census
    rss_bytes: int | None

    def json(self) -> dict[str, int | None]:
        """As ``before`` and ``after`` have it."""
        return {
            "objects": self.census.objects,
            "bytes": self.census.size,
            "rss_bytes": self.rss_bytes,
        }


@click.command("diff", short_help="growth over an interval")
@pid_argument
@click.option(
    "--interval",
    type=click.FloatRange(min=0, min_open=True),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait between the two counts.",
)
@listing_options()
@attaching_options
@json_option
def command(
    *, pid: int, interval: float, listing: Listing, attaching: Attaching, as_json: bool
) -> None:
    """Count the objects of process PID twice and show the types that changed.

    Sorted by the change in size or count, largest growth first.
    """
    from memtui.cli.connect import complete, target

    async def work() -> None:
        with Progress() as progress:
            async with target(pid, attaching, progress) as entered:
                before = await _look(entered, attaching, progress)
                await _wait(entered.session, interval, progress)
                after = await _look(entered, attaching, progress)
        _write(entered, before, after, listing, as_json=as_json)

    complete(work())


async def _look(entered: Target, attaching: Attaching, progress: Progress) -> Look:
    from memtui.attach.facts import process_facts

    census = await entered.session.census(progress=progress.step, timeout=attaching.timeout)
    return Look(census, process_facts(entered.process.pid).rss_bytes)


async def _wait(session: Session, interval: float, progress: Progress) -> None:
    """Count down ``interval`` seconds; raises TargetGone as soon as the target is."""
    import asyncio

    until = time.monotonic() + interval
    while (left := until - time.monotonic()) > 0:
        progress.step(
            f"counting again in {duration_text(left + 1)}", int(interval - left), int(interval) or 1
        )
        try:
            await asyncio.wait_for(session.gone.wait(), min(left, _TICK_S))
        except TimeoutError:
            continue
        raise TargetGone(
            "the target ended", f"{duration_text(interval - left)} after the first count"
        )


def _growth(before: Census, after: Census) -> Growth:
    from memtui.store.history import History

    history = History()
    history.add(before)
    mark = history.mark()
    history.add(after)
    growth = history.growth(mark)
    assert growth is not None  # there are two censuses
    return growth


def _write(entered: Target, before: Look, after: Look, listing: Listing, *, as_json: bool) -> None:
    growth = _growth(before.census, after.census)
    matching = listing.matching(range(len(growth.names)), growth.names.__getitem__)
    rows = listing.arranged(
        matching,
        name=growth.names.__getitem__,
        count=growth.count_deltas.__getitem__,
        size=growth.size_deltas.__getitem__,
    )
    if as_json:
        write_json(
            document(
                "diff",
                entered,
                interval_s=round(growth.until - growth.since, 3),
                before=before.json(),
                after=after.json(),
                frozen=after.census.frozen,
                types=[_type_json(growth, row) for row in rows],
                types_total=len(growth.names),
            )
        )
        return
    output = Output()
    entered.describe(output)
    _write_totals(output, before, after, growth)
    write_table(output, _COLUMNS, [_row(growth, row) for row in rows])
    output.line()
    entered.price(output)
    if len(rows) < len(matching):
        note(f"{len(rows)} of {count_text(len(matching))} types (--limit 0 shows all)")


def _write_totals(output: Output, before: Look, after: Look, growth: Growth) -> None:
    from memtui.cli.connect import frozen_note

    objects = after.census.objects - before.census.objects
    size = after.census.size - before.census.size
    rss = None
    if before.rss_bytes is not None and after.rss_bytes is not None:
        rss = after.rss_bytes - before.rss_bytes
    output.line(
        f"in {growth.until - growth.since:.1f} s: {count_text(objects, signed=True)} objects, "
        f"{size_text(size, signed=True)}, RSS {size_text(rss, signed=True)}"
    )
    output.line()
    if frozen := frozen_note(after.census.frozen):
        note(frozen)


def _row(growth: Growth, row: int) -> list[str]:
    return [
        growth.names[row],
        count_text(growth.counts[row]),
        size_text(growth.sizes[row]),
        count_text(growth.count_deltas[row], signed=True),
        size_text(growth.size_deltas[row], signed=True),
        rate_text(growth.per_minute(row)),
    ]


def _type_json(growth: Growth, row: int) -> dict[str, Any]:
    return {
        "type": growth.names[row],
        "count": growth.counts[row],
        "bytes": growth.sizes[row],
        "count_delta": growth.count_deltas[row],
        "bytes_delta": growth.size_deltas[row],
        "count_per_s": round(growth.per_minute(row) / 60, 3),
    }
