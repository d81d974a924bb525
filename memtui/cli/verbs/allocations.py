"""``memtui allocations``: where memory is allocated, and where it grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from memtui.cli.agreement import may_take
from memtui.cli.options import (
    Attaching,
    Finite,
    Listing,
    Whole,
    asking_options,
    examples,
    listing_options,
    pid_argument,
)
from memtui.cli.progress import Progress
from memtui.cli.traces import TracesWanted, write_traces
from memtui.model.allocations import Group, Scope
from memtui.model.errors import TargetGone

if TYPE_CHECKING:
    from collections.abc import Callable

_MIB = 1 << 20


def _options(verb: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say how to measure."""
    for option in reversed(
        (
            click.option("--for", "for_s", type=Finite(min=0, min_open=True), default=30.0,
                         show_default=True, metavar="SECONDS",
                         help="From the first snapshot to the last."),
            click.option("--rounds", type=Whole(1, 1000), metavar="N", default=3, show_default=True,
                         help="How often to look again in that time; what grows every time is not churn."),
            click.option("--warm-up", type=Finite(min=0), default=2.0, show_default=True,
                         metavar="SECONDS", help="From the start of tracing to the first snapshot."),
            click.option("--depth", type=Whole(1, 100), metavar="N",
                         help="Frames that are kept of each traceback: 1, or 5 with --group traceback "
                         "or --scope. More make the target's allocations slower."),
            click.option("--budget", type=Finite(min=0, min_open=True), default=32.0,
                         show_default=True, metavar="MIB",
                         help="Tracing stops when its own memory in the target is above this."),
            click.option("--group", type=click.Choice([each.value for each in Group]),
                         default=Group.LINE.value, show_default=True),
            click.option("--scope", type=click.Choice([each.value for each in Scope]),
                         default=Scope.ALL.value, show_default=True,
                         help="All, what your code asked for (at its own line), or libraries alone."),
            click.option("--yes", is_flag=True, help="Take snapshots that stall the target."),
        )
    ):  # fmt: skip
        verb = option(verb)
    return verb


@click.command(
    "allocations",
    short_help="tracemalloc: top, growth",
    epilog=examples(
        "allocations 4213 --for 60",
        "allocations 4213 --group traceback --scope yours",
    ),
)
@pid_argument
@_options
@listing_options()
@asking_options()
def command(  # noqa: PLR0913 (one for each option)
    *,
    pid: int,
    for_s: float,
    rounds: int,
    warm_up: float,
    depth: int | None,
    budget: float,
    group: str,
    scope: str,
    yes: bool,
    listing: Listing,
    attaching: Attaching,
    as_json: bool,
) -> None:
    """Trace the memory allocations of process PID for a while and show where they are made.

    Allocating is several times slower meanwhile; tracing is off again afterwards. If the
    application traces on its own, its session is used and left as it is. Nothing is known about
    memory that was allocated before tracing began. --filter matches paths, or the ends of paths.
    """
    from memtui.cli.connect import complete, target
    from memtui.runs.tracing import Plan, TracingRun

    if depth is None:
        # One frame names lines and files, and costs a third of what five do.
        depth = 1 if group != Group.TRACEBACK and scope == Scope.ALL else 5
    plan = Plan(rounds, for_s / rounds, warm_up, depth, round(budget * _MIB))
    asked = TracesWanted(plan, Group(group), Scope(scope), listing)

    async def work() -> None:
        ended: TargetGone | None = None
        with Progress() as progress:

            async def consent(cost: str) -> bool:
                progress.clear()
                return yes or await may_take(cost)

            async with target(pid, attaching, progress) as entered:
                run = TracingRun(entered.session, plan, consent=consent, progress=progress.step)
                try:
                    await run.run()
                except TargetGone as error:
                    if not run.rounds.snapshots:
                        raise
                    ended = error
        write_traces(entered, run, asked, as_json=as_json)
        if ended is not None:
            raise ended

    complete(work())
