"""``memtui PID`` and ``memtui`` alone: the dashboard, with the picker before it."""

from __future__ import annotations

import locale
import os
import signal
import sys
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from memtui.cli.interpreter import check_main, interpreter_option
from memtui.cli.options import (
    Attaching,
    attaching_options,
    complete_pid,
    examples,
    interval_option,
    read_pid,
    redact_option,
)
from memtui.model.errors import AlreadyTraced, NotPython, Unsupported, UsageError

if TYPE_CHECKING:
    from memtui.model.process import Candidate, Process
    from memtui.rpc.session import Session
    from memtui.ui.app import MemtuiApp


_DUMB = frozenset({"dumb", "unknown"})


@click.command(
    "dashboard",
    hidden=True,
    epilog=examples(
        "4213",
        "4213 --read-only --interval 5",
        "4213 --redact",
    ),
)
@click.argument(
    "pid", callback=read_pid, metavar="[PID]", required=False, shell_complete=complete_pid
)
@interval_option
@interpreter_option("The interpreter to show: only the main one, 0, can be.")
@attaching_options
@redact_option()
def command(
    *, pid: int | None, interval: float, interpreter: int | str | None, attaching: Attaching
) -> None:
    """Open the dashboard of process PID; without a PID, pick one first."""
    check_main("the dashboard", pid, interpreter)
    show(pid, interval, attaching)


def show(pid: int | None, interval: float, attaching: Attaching) -> None:
    """Run the dashboard until the user leaves it.

    Raises UsageError without a terminal, and the error that made it impossible to attach to ``pid``.
    """
    question, wrapper = None, None
    try:
        if pid is not None:
            _look_at(pid, attaching.method)
    except NotPython as refusal:
        if not refusal.below or not _has_terminal():
            raise
        # What was meant is among those.
        question = f"{refusal.what}: which of the Python processes that it started?"
        pid, wrapper = None, pid
    verb = "ps" if pid is None else f"summary {pid}"
    check_terminal(f"memtui {verb} --json")
    import asyncio

    from memtui.attach import attach
    from memtui.attach.discover import candidates as all_candidates
    from memtui.attach.discover import candidates_below, process_facts
    from memtui.model.errors import MemtuiError
    from memtui.model.redaction import redacted_process
    from memtui.ui.app import MemtuiApp

    async def open_session(chosen: int) -> Session:
        session = await attach(
            chosen,
            method=attaching.method,
            timeout=attaching.attach_timeout,
            read_only=attaching.read_only,
        )
        session.redact = attaching.redact
        return session

    def process_of(chosen: int) -> Process:
        found = process_facts(chosen)
        return redacted_process(found) if attaching.redact else found

    async def candidates() -> list[Candidate]:
        found = await (all_candidates() if wrapper is None else candidates_below(wrapper))
        if not attaching.redact:
            return found
        return [replace(each, process=redacted_process(each.process)) for each in found]

    app = MemtuiApp(
        open_session=open_session,
        process_of=process_of,
        candidates=candidates,
        pid=pid,
        interval=interval,
        read_only=attaching.read_only,
        question=question,
    )
    failure = asyncio.run(_run(app))
    if isinstance(failure, MemtuiError):
        raise failure
    if app.return_code:
        # A mistake of ours: Textual has shown where.  A script must not take it for a success.
        raise MemtuiError("the dashboard failed", "the error above is a mistake in memtui")


def check_terminal(instead: str) -> None:
    """Raise UsageError without a terminal, Unsupported in one that cannot show the dashboard.

    ``instead`` is what a script may do.
    """
    if not _has_terminal():
        raise UsageError(
            "the dashboard needs a terminal",
            "stdin or stdout is not a terminal",
            hint=f"for a script there is: {instead}",
        )
    kind = os.environ.get("TERM", "")
    if kind in _DUMB:
        raise Unsupported(
            "the dashboard cannot be shown",
            f"TERM is {kind}: the terminal has no cursor to move",
            hint=f"in a better terminal set TERM=xterm-256color; without one there is: {instead}",
        )
    encoding = locale.getencoding()
    if "utf" not in encoding.lower():
        raise Unsupported(
            "the dashboard cannot be shown",
            f"the locale has {encoding}, and the dashboard draws with letters of UTF-8",
            hint=f"if the terminal knows UTF-8, begin with LC_ALL=C.UTF-8; else there is: {instead}",
        )


def _has_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _look_at(pid: int, method: str | None) -> None:
    """Raise the known obstacle, if there is one, before the screen changes.

    A tracer does not count: it may be another memtui, for a few milliseconds.
    """
    from memtui.attach.choose import methods_for
    from memtui.attach.facts import facts_of

    with suppress(AlreadyTraced):
        methods_for(facts_of(pid), method)


async def _run(app: MemtuiApp) -> object:
    """Run ``app`` to its result.  SIGTERM and SIGHUP end it as ``q`` does, terminal and all."""
    import asyncio

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, app.exit)
    return await app.run_async()
