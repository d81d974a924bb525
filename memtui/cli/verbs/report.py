"""``memtui report``: the whole diagnosis as one document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from memtui.cli.document import document
from memtui.cli.files import destination
from memtui.cli.options import (
    Attaching,
    Finite,
    Whole,
    attaching_options,
    examples,
    json_option,
    pid_argument,
    redact_option,
)
from memtui.cli.output import note, write_json, write_text
from memtui.cli.progress import Progress
from memtui.cli.report import report_keys

if TYPE_CHECKING:
    from pathlib import Path

    from memtui.cli.connect import Target
    from memtui.model.report import Report


@click.command(
    "report",
    short_help="the whole diagnosis as a document",
    epilog=examples(
        "report 4213 -o incident.md",
        "report 4213 --for 120 -o incident.html",
        "report 4213 --for 5 --no-collect",
    ),
)
@pid_argument
@click.option(
    "--for",
    "for_s",
    type=Finite(min=0, min_open=True),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to measure.",
)
@click.option(
    "--rounds",
    type=Whole(1, 200),
    metavar="N",
    default=6,
    show_default=True,
    help="Into how many rounds; a type that grows does so in most of them.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Where to write it: .html is a page of its own, all else Markdown; - is stdout, as is none.",
)
@click.option(
    "--collect/--no-collect",
    "collect",
    default=True,
    help="Force one collection at the end, to tell garbage from a leak; not with --read-only.",
)
@attaching_options
@redact_option(default=True)
@json_option
def command(  # noqa: PLR0913 (one for each option)
    *,
    pid: int,
    for_s: float,
    rounds: int,
    output: str | None,
    collect: bool,
    attaching: Attaching,
    as_json: bool,
) -> None:
    """Measure process PID for a while and write what grows, who holds it, and what to do.

    Types are counted at the end of each round, containers are looked at meanwhile, and one
    collection at the end tells garbage from what is still held.
    """
    path = None if output is None else destination(output, "-o", as_json=as_json)
    from memtui.cli.connect import complete, target

    async def work() -> None:
        with Progress() as progress:
            async with target(pid, attaching, progress) as entered:
                report = await _diagnose(
                    entered,
                    attaching,
                    progress,
                    for_s=for_s,
                    rounds=rounds,
                    collect=collect and not attaching.read_only,
                )
        _write(entered, report, path, as_json=as_json)

    complete(work())


async def _diagnose(  # noqa: PLR0913 (as the command)
    entered: Target,
    attaching: Attaching,
    progress: Progress,
    *,
    for_s: float,
    rounds: int,
    collect: bool,
) -> Report:
    from memtui.report.gather import gather
    from memtui.runs.measuring import measure
    from memtui.store.vitals import VitalsWatch

    vitals = VitalsWatch(entered.process.pid, max_age_s=for_s + 3600)
    found = await measure(
        entered.session,
        vitals,
        for_s=for_s,
        rounds=rounds,
        collect=collect,
        redact=attaching.redact,
        timeout=attaching.timeout,
        progress=progress.step,
    )
    return gather(
        found.history,
        entered.process,
        python=entered.session.hello.python,
        attachment=entered.session.attachment,
        cost=entered.session.total_cost,
        source="live",
        rss=vitals.rss_history,
        threads=found.threads,
        rounds=rounds,
        collection=found.collection,
        containers=found.containers,
        unknown=found.unknown,
        redact=attaching.redact,
    )


def _write(entered: Target, report: Report, output: Path | None, *, as_json: bool) -> None:
    if output is not None:
        from memtui.report.file import write_report

        write_report(report, output)
    if as_json:
        keys: dict[str, Any] = report_keys(report)
        path = None if output is None else str(output)
        write_json(document("report", entered, path=path, **keys))
    elif output is None:
        from memtui.report.markdown import markdown

        write_text(markdown(report))
    else:
        note(f"{report.verdict}: written to {output}")
