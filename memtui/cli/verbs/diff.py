"""``memtui diff``: what grew between two counts, or in each of several rounds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from memtui.cli.growth import Look, Looker, Seen, rounds_of, write
from memtui.cli.options import (
    Attaching,
    Finite,
    Listing,
    Whole,
    attaching_options,
    examples,
    json_option,
    listing_options,
    pid_argument,
    redact_option,
    untracked_option,
)
from memtui.cli.output import note
from memtui.cli.progress import Progress
from memtui.model.errors import TargetGone
from memtui.present.text import count_text, duration_text, size_text

if TYPE_CHECKING:
    from memtui.cli.connect import Target
    from memtui.rpc.session import Session

_TICK_S = 0.25


@click.command(
    "diff",
    short_help="growth over an interval, or over rounds of it",
    epilog=examples(
        "diff 4213 --interval 60",
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
    help="How many intervals: tells the types that grew in each of them from those that grew once.",
)
@untracked_option
@listing_options()
@attaching_options
@redact_option()
@json_option
def command(  # noqa: PLR0913 (one parameter an option)
    *,
    pid: int,
    interval: float,
    rounds: int,
    untracked: bool,
    listing: Listing,
    attaching: Attaching,
    as_json: bool,
) -> None:
    """Count the objects of process PID twice and show the types that changed.

    Sorted by the change in size or count, largest growth first. With --rounds it counts once more
    after each interval, and the types that grew in every round come first. If it is interrupted, or
    the target ends, after the first round, what was seen so far is shown.
    """
    from memtui.cli.connect import complete, target

    async def work() -> None:
        looks: list[Look] = []
        entered: Target | None = None
        try:
            with Progress() as progress:
                async with target(pid, attaching, progress) as entered:
                    looker = Looker(entered, attaching, progress, untracked=untracked)
                    await _look_again(looker, interval, rounds, looks)
        finally:
            # Also when it is cut short: what was seen is the more precious then.
            if entered is not None and len(looks) > 1:
                write(Seen(entered, looks, rounds), listing, as_json=as_json)

    complete(work())


async def _look_again(looker: Looker, interval: float, rounds: int, looks: list[Look]) -> None:
    session, progress = looker.entered.session, looker.progress
    looks.append(await looker.look())
    for number in range(1, rounds + 1):
        await _wait(session, interval, progress, number, rounds)
        looks.append(await looker.look())
        if rounds > 1:
            progress.clear()
            _tell_round(looks, number, rounds)


def _tell_round(looks: list[Look], number: int, rounds: int) -> None:
    before, after = looks[-2].census, looks[-1].census
    grew = sum(grown > 0 for grown in rounds_of(looks[-2:]).grown)
    note(
        f"round {number} of {rounds}: "
        f"{count_text(after.objects - before.objects, signed=True)} objects, "
        f"{size_text(after.size - before.size, signed=True)}, {count_text(grew)} types grew"
    )


async def _wait(
    session: Session, interval: float, progress: Progress, number: int, rounds: int
) -> None:
    """Count down ``interval`` seconds; raises TargetGone as soon as the target is."""
    import asyncio

    until = time.monotonic() + interval
    which = f"round {number} of {rounds}, " if rounds > 1 else ""
    while (left := until - time.monotonic()) > 0:
        progress.step(
            f"{which}counting again in {duration_text(left + 1)}",
            int(interval - left),
            int(interval) or 1,
        )
        try:
            await asyncio.wait_for(session.gone.wait(), min(left, _TICK_S))
        except TimeoutError:
            continue
        count = "first count" if number == 1 else f"{number}. count"
        raise TargetGone("the target ended", f"{duration_text(interval - left)} after the {count}")
