"""``memtui gc``: collect, and what it freed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from memtui.cli.document import document
from memtui.cli.options import (
    Attaching,
    Listing,
    Whole,
    asking_options,
    check_may_change,
    examples,
    listing_options,
    pid_argument,
)
from memtui.cli.output import Output, note, note_shown, write_json
from memtui.cli.progress import Progress
from memtui.cli.table import write_table
from memtui.present.text import count_text, counted, millis_text
from memtui.present.words import COLLECTION_RUNS, freed_note, frozen_text, rss_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from memtui.cli.connect import Target
    from memtui.verbs.collect import Collection, Freed


@click.command(
    "gc",
    short_help="collect; what it freed",
    epilog=examples(
        "gc 4213",
        "gc 4213 --generation 0 --json",
    ),
)
@pid_argument
@click.option(
    "--generation",
    type=Whole(0, 2),
    metavar="N",
    default=2,
    show_default=True,
    help="The oldest generation to collect; 2 is everything.",
)
@listing_options(types=True)
@asking_options()
def command(
    *, pid: int, generation: int, listing: Listing, attaching: Attaching, as_json: bool
) -> None:
    """Force one collection in process PID and show what it freed.

    The process stands still for as long as the collection takes.
    """
    check_may_change("gc", attaching, "a collection")
    from memtui.cli.connect import complete, target
    from memtui.cli.own import own_types
    from memtui.verbs.collect import collect

    async def work() -> None:
        with Progress() as progress:
            async with target(pid, attaching, progress) as entered:
                collection = await collect(entered.session, generation, progress=progress.step)
                owns = await own_types(entered.session, listing, attaching.timeout)
        _write(entered, collection, listing, owns, as_json=as_json)

    complete(work())


def _write(
    entered: Target,
    done: Collection,
    listing: Listing,
    owns: Callable[[str], bool] | None,
    *,
    as_json: bool,
) -> None:
    matching = listing.matching(done.freed, _name, owns)
    rows = listing.arranged(matching, name=_name, count=lambda f: f.count, size=lambda f: f.size)
    if as_json:
        write_json(
            document(
                "gc",
                entered,
                made=done.made,
                collected=done.collected,
                uncollectable=done.uncollectable,
                generations=[
                    {
                        "threshold": generation.threshold,
                        "count": generation.count,
                        "collections": generation.collections,
                        "collected": generation.collected,
                        "uncollectable": generation.uncollectable,
                    }
                    for generation in done.state.generations
                ],
                enabled=done.state.enabled,
                frozen=done.state.frozen,
                rss_before=done.rss_before,
                rss_after=done.rss_after,
                freed_agrees=done.agrees,
                freed=[{"type": f.type, "count": f.count, "bytes": f.size} for f in rows],
                generation=done.generation,
                pause_ms=round(done.pause, 3),
            )
        )
        return
    from memtui.verbs.collect import COLUMNS, cells
    from memtui.verbs.collector import collector_texts

    output = Output()
    entered.describe(output)
    _write_totals(output, done)
    if rows:
        write_table(output, COLUMNS, [cells(row) for row in rows])
        output.line()
    entered.price(output)
    for words in collector_texts(done.state, entered.session.hello.python):
        note(words)
    if not done.agrees:
        note(freed_note(done.collected, sum(each.count for each in done.freed)))
    note_shown(len(rows), len(matching), "freed types", listing.wanted)


def _write_totals(output: Output, done: Collection) -> None:
    if not done.made:
        output.line(COLLECTION_RUNS)
        output.line()
        return
    rss = rss_text(done.rss_before, done.rss_after)
    output.line(
        f"collected {counted(done.collected, 'object')} in {millis_text(done.pause)}, "
        f"{count_text(done.uncollectable)} could not be collected" + (rss and f"; {rss}")
    )
    state = done.state
    generations = (
        "no generations"
        if not state.generational
        else "  ".join(
            f"gen{number} {generation.fill.strip()} {generation.runs}"
            for number, generation in enumerate(state.generations)
        )
    )
    output.line(f"automatic collection {state.automatic}  {generations}")
    if state.frozen:
        output.line(frozen_text(state.frozen))
    output.line()


def _name(freed: Freed) -> str:
    return freed.type
