"""Asks before the process is stopped for long, or says that it will be."""

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
    if not _somebody_answers():
        note(f"{words}; --no-collect leaves it out, --collect says nothing")
        return True
    note(f"{words}. Collect then? [Y/n]")
    return await _answer(otherwise=True)


async def may_take(cost: str) -> bool:
    """Whether a snapshot may be taken that costs so much; where nobody can answer it may not."""
    if not _somebody_answers():
        return False
    note(f"{cost}. Take this snapshot? [y/N]")
    return await _answer(otherwise=False)


def _somebody_answers() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


async def _answer(*, otherwise: bool) -> bool:
    """What is typed next; ``otherwise`` for an empty line, no at the end of the input."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()

    def take() -> None:
        if not answer.done():
            answer.set_result(sys.stdin.readline())

    # Not input(): the event loop has to receive SIGINT and SIGTERM meanwhile.
    loop.add_reader(sys.stdin, take)
    try:
        typed = await answer
    finally:
        loop.remove_reader(sys.stdin)
    word = typed.strip().lower()
    return word in {"y", "yes"} or (otherwise and typed != "" and not word)
