"""``memtui ps``: the Python processes that can be seen from here."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from memtui.cli.document import head, interpreters_json, process_json
from memtui.cli.options import Listing, examples, json_option, listing_options
from memtui.cli.output import Output, note_shown, write_json
from memtui.cli.table import write_table
from memtui.model.process import command_text
from memtui.present.processes import COLUMNS, as_tree, cells, refusal_text
from memtui.present.words import interpreters_text

if TYPE_CHECKING:
    from memtui.model.interpreters import Interpreters
    from memtui.model.process import Candidate, Process


@click.command(
    "ps",
    short_help="Python processes, and whether each can be attached to",
    epilog=examples(
        "ps --filter '*worker*'",
        "ps --json",
    ),
)
@json_option
@listing_options(sorts=("size", "name"), limit=0)
def command(*, as_json: bool, listing: Listing) -> None:
    """List the Python processes, and whether and how each can be attached to.

    Processes are listed below the one that started them: workers below their master. Families are
    ordered by their largest (or first) process.

    The filter matches a process's name or its command line.
    """
    import asyncio

    from memtui.attach.discover import candidates

    began = time.perf_counter()
    found = asyncio.run(candidates())
    wall_ms = (time.perf_counter() - began) * 1000
    matching = _matching(found, listing)
    ordered = replace(listing, limit=0).arranged(
        matching, size=lambda c: c.process.rss_bytes or 0, name=lambda c: c.process.name
    )
    tree = as_tree(ordered)[: listing.limit or None]
    rows = [candidate for candidate, _ in tree]
    if as_json:
        write_json(
            {
                **head("ps"),
                "process": None,
                "cost": {
                    "wall_ms": round(wall_ms, 3),
                    "agent_ms": None,
                    "longest_stall_ms": None,
                    "attach_ms": None,
                    "method": None,
                },
                "processes": [_candidate_json(candidate) for candidate in rows],
            }
        )
        return
    output = Output()
    write_table(
        output, COLUMNS, [cells(each, _command(each.process), lines) for each, lines in tree]
    )
    _write_refusals(output, [candidate for candidate in rows if not candidate.attachable])
    _note_interpreters(output, rows)
    note_shown(len(rows), len(matching), "processes", listing.glob)


def _matching(found: list[Candidate], listing: Listing) -> list[Candidate]:
    by_name = listing.matching(found, lambda c: c.process.name)
    by_command = listing.matching(found, lambda c: c.process.cmdline)
    return [c for c in found if c in by_name or c in by_command]


def _candidate_json(candidate: Candidate) -> dict[str, Any]:
    return {
        **process_json(candidate.process),
        "ppid": candidate.process.ppid,
        "attachable": candidate.attachable,
        "method": candidate.method,
        "why_not": candidate.why_not,
        "hint": candidate.hint,
        **interpreters_json(_interpreters(candidate)),
    }


def _interpreters(candidate: Candidate) -> Interpreters | None:
    """Its interpreters; only the main one is examined."""
    from memtui.attach.interpreters import list_interpreters

    return list_interpreters(candidate.process.pid) if candidate.attachable else None


def _note_interpreters(output: Output, rows: list[Candidate]) -> None:
    """Which processes have more interpreters than the main one."""
    for candidate in rows:
        pid = candidate.process.pid
        if words := interpreters_text(_interpreters(candidate), pid):
            output.line(f"{pid}: {words}")


def _write_refusals(output: Output, refused: list[Candidate]) -> None:
    """Write why not below the table, which has room for whole sentences."""
    if refused:
        output.line()
    for candidate in refused:
        output.line(f"{candidate.process.pid}: {refusal_text(candidate)}")
        if candidate.hint:
            output.aside(f"    hint: {candidate.hint}")


def _command(process: Process) -> str:
    """The command line without the folder of its program, its least useful part."""
    if not process.argv:
        return process.name
    program, *rest = process.argv
    # A title that a process has given itself may have any number of slashes in it.
    is_path = program.startswith("/") or " " not in program
    return command_text((program.rpartition("/")[2] if is_path else program, *rest))
