"""``memtui report``: the whole diagnosis as one document."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from memtui.cli.agreement import may_collect
from memtui.cli.document import document, holder_json, instant, interpreters_json
from memtui.cli.files import destination
from memtui.cli.interpreter import interpreter_option
from memtui.cli.options import (
    Attaching,
    Finite,
    Whole,
    asking_options,
    complete_file,
    examples,
    pid_argument,
)
from memtui.cli.output import note, write_json, write_text
from memtui.cli.progress import Progress
from memtui.model.errors import TargetGone
from memtui.model.interpreters import MAIN
from memtui.model.report import plain_words
from memtui.present.words import verdict_text

if TYPE_CHECKING:
    from pathlib import Path

    from memtui.cli.connect import Target
    from memtui.cli.outside import OutsideWatch
    from memtui.model.interpreters import OutsideGrowth
    from memtui.model.report import Finding, GrowingType, Report, Total, TypeTotal
    from memtui.runs.measuring import MeasureWish


@click.command(
    "report",
    short_help="the whole diagnosis as a document",
    epilog=examples(
        "report 4213 -o incident.md",
        "report 4213 --for 120 -o incident.html",
        "report 4213 --for 5 --no-collect",
        "report 4213 --interpreter all",
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
    shell_complete=complete_file,
    help="Where to write it: .html gives one self-contained page, .md and .txt Markdown; default, or -: stdout.",
)
@click.option(
    "--collect/--no-collect",
    "collect",
    default=None,
    help="Force one collection at the end, to tell garbage from a leak; not with --read-only. Without "
    "this, one that will be long is announced, and asked for on a terminal.",
)
@interpreter_option(
    "Count this interpreter, or all, from outside as well, at the start and at the end: which types grew."
)
@asking_options(redact=True)
def command(  # noqa: PLR0913 (one for each option)
    *,
    pid: int,
    for_s: float,
    rounds: int,
    output: str | None,
    collect: bool | None,
    interpreter: int | str | None,
    attaching: Attaching,
    as_json: bool,
) -> None:
    """Measure process PID for a while and write what grows, who holds it, and what to do.

    Types are counted at the end of each round, containers are examined meanwhile, and one
    collection at the end separates garbage from what is still held. If the process ends meanwhile, the
    report has what was measured until then, and the exit code is 1.

    All that is of the main interpreter. --interpreter counts others by type, at the start and at the end.
    """
    path = None if output is None else destination(output, "-o", as_json=as_json)
    if path is not None:
        from memtui.report.file import check_format

        check_format(path)
    from memtui.cli.connect import complete, target
    from memtui.runs.measuring import MeasureWish

    collects = collect is not False and not attaching.read_only
    wish = MeasureWish(for_s, rounds, collects, attaching.redact, attaching.timeout)
    others = None
    if interpreter is not None and interpreter != MAIN:
        from memtui.cli.outside import OutsideWatch

        others = OutsideWatch(pid, interpreter, attaching.timeout)

    async def work() -> None:
        with Progress() as progress:
            async with target(pid, attaching, progress) as entered:
                agreed = wish
                if collect is None:
                    agreed = replace(wish, agree=lambda objects: may_collect(objects, progress))
                report, ended = await _diagnose(entered, agreed, progress, others)
        _write(entered, report, path, as_json=as_json)
        if ended is not None:
            raise TargetGone(
                ended.what,
                f"the report has what was measured until then{_reason(ended)}",
                hint=ended.hint,
            )

    complete(work())


def _reason(ended: TargetGone) -> str:
    return f"; {ended.why}" if ended.why else ""


async def _diagnose(
    entered: Target, wish: MeasureWish, progress: Progress, others: OutsideWatch | None
) -> tuple[Report, TargetGone | None]:
    """The report, and why it is cut short if it is."""
    from memtui.report.gather import gather
    from memtui.runs.measuring import measure
    from memtui.store.vitals import VitalsWatch

    vitals = VitalsWatch(entered.process.pid, max_age_s=wish.for_s + 3600)
    found = await measure(entered.session, vitals, wish, progress=progress.step)
    elsewhere, refused = ([], []) if others is None else others.at_last()
    report = gather(
        found.history,
        entered.process,
        python=entered.session.hello.python,
        attachment=entered.session.attachment,
        cost=entered.session.total_cost,
        source="live",
        rss=vitals.rss_history,
        threads=found.threads,
        rounds=wish.rounds,
        collection=found.collection,
        containers=found.containers,
        steady=found.steady,
        modules=found.modules,
        unknown=(*found.unknown, *((each,) for each in refused)),
        collector=found.collector,
        # The program may have started some after memtui attached.
        interpreters=entered.session.interpreters(),
        elsewhere=elsewhere,
        cut_short="" if found.ended is None else str(found.ended),
        redact=wish.redact,
    )
    return report, found.ended


def _write(entered: Target, report: Report, output: Path | None, *, as_json: bool) -> None:
    if output is not None:
        from memtui.report.file import write_report

        write_report(report, output)
    if as_json:
        keys: dict[str, Any] = _keys(report)
        path = None if output is None else str(output)
        write_json(document("report", entered, path=path, **keys))
    elif output is None:
        from memtui.report.markdown import markdown

        write_text(markdown(report))
    else:
        cut = "cut short, " if report.cut_short else ""
        note(f"{cut}{verdict_text(report.verdict)}: written to {output}")


def _keys(report: Report) -> dict[str, Any]:
    """All figures and findings."""
    done = report.collected
    return {
        "verdict": report.verdict,
        "taken_at": instant(report.taken_at),
        "for_s": round(report.for_s, 3),
        "rounds": report.rounds,
        "counts": report.censuses,
        "cut_short": report.cut_short or None,
        "redacted": report.redacted,
        "findings": [_finding(each) for each in report.findings],
        "before": _total(report.first, report.rss[0][1] if report.rss else None),
        "after": _total(report.last, report.rss[-1][1] if report.rss else None),
        "rss_per_minute": None if report.rss_rate is None else round(report.rss_rate),
        "threads": [report.threads[0], report.threads[-1]],
        "frozen": report.frozen,
        **interpreters_json(report.interpreters),
        "other_interpreters": [_elsewhere(each) for each in report.elsewhere],
        "notes": list(report.notes),
        "largest": [_type(row) for row in report.largest],
        "most": [_type(row) for row in report.most],
        "growing": [_growing(row) for row in report.growing],
        "containers": [holder_json(each) for each in report.containers],
        "steady": [holder_json(each) for each in report.steady],
        "collection": None
        if done is None
        else {
            "freed": done.freed,
            "freed_agrees": done.agrees,
            "bytes": done.size,
            "pause_ms": round(done.pause, 3),
            "uncollectable": done.uncollectable,
            "rss_before": done.rss_before,
            "rss_after": done.rss_after,
        },
        "unknown": [plain_words(words) for words in report.unknown],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "pattern": str(finding.pattern),
        "title": plain_words(finding.title),
        "type": finding.type,
        "holder": None if finding.holder is None else holder_json(finding.holder),
        "evidence": [plain_words(words) for words in finding.evidence],
        "recommendation": plain_words(finding.recommendation).strip(),
        "confidence": str(finding.confidence),
    }


def _total(total: Total, rss: int | None) -> dict[str, Any]:
    return {"objects": total.objects, "bytes": total.size, "rss_bytes": rss}


def _type(row: TypeTotal) -> dict[str, Any]:
    return {"type": row.name, "count": row.count, "bytes": row.size, "share": round(row.share, 4)}


def _elsewhere(grown: OutsideGrowth) -> dict[str, Any]:
    span = grown.span_s
    return {
        "id": grown.interpreter,
        "objects_before": None if grown.first is None else grown.first.objects,
        "objects": grown.last.objects,
        "for_s": round(span, 3),
        "moved": grown.moved,
        "growing": [
            {
                "type": name,
                "count": many,
                "count_delta": delta,
                "count_per_s": round(delta / span, 3) if span else None,
            }
            for name, many, delta in grown.rows()
        ],
    }


def _growing(row: GrowingType) -> dict[str, Any]:
    return {
        "type": row.name,
        "count": row.count,
        "bytes": row.size,
        "count_delta": row.count_delta,
        "bytes_delta": row.size_delta,
        "count_per_s": round(row.per_minute / 60, 3),
        "rounds_grown": row.grew,
        "trend": list(row.trend),
        "freed": row.freed,
    }
