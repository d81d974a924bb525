"""Asks whether a collection may stop the process for long, or says that it will."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from memtui.cli.output import note
from memtui.diagnosis.pauses import expected_pause

if TYPE_CHECKING:
    from memtui.cli.progress import Progress


async def may_collect(objects: int, progress: Progress) -> bool:
    """Whether a full collection of ``objects`` may be made.

    One that is expected to be long is asked for where somebody can answer, and announced where not.
    """
    pause = expected_pause(objects)
    if not pause.is_long:
        return True
    progress.clear()
    words = f"a collection at the end stops the process for {pause.text}"
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        note(f"{words}; --no-collect leaves it out, --collect says nothing")
        return True
    note(f"{words}. Collect then? [Y/n]")
    return (await _line()).strip().lower() in {"", "y", "yes"}


async def _line() -> str:
    """What is typed next; "n" at the end of the input."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()

    def take() -> None:
        if not answer.done():
            answer.set_result(sys.stdin.readline())

    loop.add_reader(sys.stdin, take)
    try:
        return await answer or "n"
    finally:
        loop.remove_reader(sys.stdin)
