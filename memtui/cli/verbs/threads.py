"""``memtui threads``: which threads run Python, and where each of them is."""

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
)
from memtui.cli.output import Output, note, note_shown, write_json
from memtui.cli.progress import Progress
from memtui.cli.table import write_table
from memtui.present.text import counted
from memtui.present.words import THREADS_UNREADABLE

if TYPE_CHECKING:
    from memtui.cli.connect import Target
    from memtui.verbs.threads import PythonThread, Threads


@click.command(
    "threads",
    short_help="threads, and where each of them is",
    epilog=examples(
        "threads 4213",
        "threads 4213 --filter 'pool-*' --sort name",
        "threads 4213 --limit 0 --json",
    ),
)
@pid_argument
@listing_options(sorts=("age", "name"), limit=50)
@attaching_options
@redact_option()
@json_option
def command(*, pid: int, listing: Listing, attaching: Attaching, as_json: bool) -> None:
    """Show the threads of process PID that run Python, and where each of them is.

    "on top" is the function and the line that runs, or waits, at this moment; "your code" is the
    innermost call that is not of a library. No thread is stopped, and no code of the process runs.
    """
    from memtui.cli.connect import complete, target
    from memtui.verbs.threads import threads

    async def work() -> None:
        with Progress() as progress:
            async with target(pid, attaching, progress) as entered:
                found = await threads(entered.session, timeout=attaching.timeout)
        if attaching.redact:
            from memtui.verbs.redaction import redacted_threads

            found = redacted_threads(found)
        _write(entered, found, listing, as_json=as_json)

    complete(work())


def _write(entered: Target, found: Threads, listing: Listing, *, as_json: bool) -> None:
    matching = listing.matching(found.threads, _name)
    rows = listing.arranged(matching, name=_name, age=lambda thread: thread.age or 0.0)
    if as_json:
        write_json(
            document(
                "threads",
                entered,
                threads=[_thread_json(thread) for thread in rows],
                threads_total=len(matching),
            )
        )
        return
    from memtui.verbs.threads import COLUMNS, cells

    output = Output()
    entered.describe(output)
    many = counted(len(found.threads), "thread")
    output.line(f"{many} of Python")
    output.line()
    write_table(output, COLUMNS, [cells(thread) for thread in rows])
    output.line()
    entered.price(output)
    if not found.calls_readable:
        note(THREADS_UNREADABLE)
    note_shown(len(rows), len(matching), "threads", listing.glob)


def _name(thread: PythonThread) -> str:
    return thread.name or ""


def _thread_json(thread: PythonThread) -> dict[str, Any]:
    top = thread.top
    return {
        "name": thread.name,
        "id": thread.id,
        "native_id": thread.native_id,
        "daemon": thread.daemon,
        "target": thread.target,
        "age_s": None if thread.age is None else round(thread.age / 1e3, 3),
        "function": None if top is None else top.function,
        "file": None if top is None else top.file,
        "line": None if top is None else top.line,
        "stack": None if thread.calls is None else [call._asdict() for call in thread.calls],
        # Reading the locals of a thread that runs would keep them alive.
        "locals": None,
    }
