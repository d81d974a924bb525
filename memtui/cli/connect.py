"""From a PID to a session and back: attach, do the work, always detach."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from memtui.attach.discover import process_facts
from memtui.cli.output import note_interpreters
from memtui.model.errors import MemtuiError, RequestFailed
from memtui.present.text import duration_text, size_text
from memtui.present.words import attached_text, cost_text, interpreters_text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from memtui.cli.options import Attaching
    from memtui.cli.output import Output
    from memtui.cli.progress import Progress
    from memtui.model.process import Process
    from memtui.rpc.session import Session

#: Files that an attach has open at once, at most.
_DESCRIPTORS = 12
#: What ends the work before its time.
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Target:
    """A process that we are in."""

    process: Process
    session: Session

    def describe(self, output: Output) -> None:
        """Write the line that heads every table."""
        describe(self.process, output)

    def price(self, output: Output, *, all_counted: bool = False) -> None:
        """Write what this answer cost the target; and that others are not counted unless they are."""
        cost, attachment = self.session.total_cost, self.session.attachment
        how = attached_text(attachment.method, attachment.attach_ms)
        output.aside(f"cost: {cost_text(cost)}; {how}")
        if not all_counted:
            note_interpreters(self.session.interpreters(), self.process.pid)


def describe(process: Process, output: Output) -> None:
    """Write a line about a process."""
    facts = [
        process.name,
        f"pid {process.pid}",
        f"python {process.python or '?'}",
        f"up {duration_text(process.uptime_s)}",
        f"user {process.user or '?'}",
        f"RSS {size_text(process.rss_bytes)}",
    ]
    output.heading(" · ".join(facts))


@asynccontextmanager
async def target(pid: int, attaching: Attaching, progress: Progress) -> AsyncIterator[Target]:
    """Attach to ``pid`` for as long as the block lasts."""
    process = process_facts(pid)
    from memtui.attach import attach

    session = await attach(
        pid,
        method=attaching.method,
        timeout=attaching.attach_timeout,
        read_only=attaching.read_only,
        progress=progress.phase,
    )
    if attaching.redact:
        from memtui.model.redaction import redacted_process

        process = redacted_process(process)
    try:
        yield Target(replace(process, python=session.hello.python), session)
    except RequestFailed as error:
        # What was asked for may be in one of those that are not looked into.
        if words := interpreters_text(session.interpreters(), pid):
            error.advise_also(words)
        raise
    finally:
        await session.close()


def complete(work: Coroutine[Any, Any, None]) -> None:
    """Run ``work`` to its end.  SIGINT, SIGTERM and SIGHUP cancel it, so that it detaches from the target.

    Raises KeyboardInterrupt after SIGINT, SystemExit with a shell's code after the others.
    """
    try:
        _check_descriptors()
        number = asyncio.run(_until_ended(work))
    finally:
        work.close()  # if it never began
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    if number is not None:
        raise SystemExit(128 + number)


def _check_descriptors() -> None:
    """Raise MemtuiError where no more files can be opened: asyncio would say so in tracebacks."""
    opened: list[int] = []
    try:
        while len(opened) < _DESCRIPTORS:
            opened.append(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        raise MemtuiError(
            "too few descriptors are free",
            error.strerror or str(error),
            hint="raise the limit, for example with: ulimit -n 256",
        ) from error
    finally:
        for each in opened:
            os.close(each)


async def _until_ended(work: Coroutine[Any, Any, None]) -> int | None:
    """The number of the signal that ended ``work``, None if it came to its own end."""
    task = asyncio.ensure_future(work)
    ended_by: int | None = None

    def end(number: int) -> None:
        # Once: the second of two quick keys must not interrupt the detach, nor the message about
        # it, which is written after the event loop has given the signals back.
        nonlocal ended_by
        if ended_by is None:
            signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
            ended_by = number
            task.cancel()

    loop = asyncio.get_running_loop()
    for number in _ENDING:
        loop.add_signal_handler(number, end, number)
    try:
        await task
    except asyncio.CancelledError:
        if ended_by is None:
            task.cancel()
            raise
    else:
        return None
    return ended_by
