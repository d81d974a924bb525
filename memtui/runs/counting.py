"""Counts of a target, one or more in a row, each with the RSS at that time."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from memtui.model.errors import TargetGone
from memtui.present.text import duration_text
from memtui.present.words import next_count_text
from memtui.store.joined import joined
from memtui.verbs import untracked as estimating
from memtui.verbs.asking import Asks
from memtui.verbs.census import census

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from memtui.model.errors import MemtuiError
    from memtui.verbs.asking import OnProgress
    from memtui.verbs.census import Census
    from memtui.verbs.untracked import Untracked

#: Seconds between two signs of life while nothing is asked.
_TICK_S = 0.25


class Measured(Asks, Protocol):
    """A target that can be asked, and whose end is noticed."""

    @property
    def gone(self) -> asyncio.Event:
        """Set when the connection was lost, not closed by us."""

    @property
    def failure(self) -> MemtuiError | None:
        """Why it was lost."""


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """The target at one moment; with an estimate of what is not tracked, the census has both."""

    census: Census
    rss_bytes: int | None
    untracked: Untracked | None = None


async def count(
    session: Asks, *, untracked: bool, progress: OnProgress, timeout: float | None
) -> Counted:
    """Count the objects, with ``untracked`` also those that the collector does not track."""
    tracked = await census(session, progress=progress, timeout=timeout)
    if not untracked:
        return Counted(tracked, session.rss())
    estimate = await estimating.untracked(session, progress=progress, timeout=timeout)
    return Counted(joined(tracked, estimate), session.rss(), estimate)


async def count_in_rounds(  # noqa: PLR0913 (the parts of one wish)
    session: Measured,
    interval_s: float,
    total: int,
    *,
    untracked: bool,
    progress: OnProgress,
    timeout: float | None,
) -> AsyncGenerator[Counted, None]:
    """Count, and once more after each of ``total`` intervals.  Raises TargetGone while it waits."""
    yield await count(session, untracked=untracked, progress=progress, timeout=timeout)
    for number in range(1, total + 1):
        which = f"round {number} of {total}, " if total > 1 else ""
        before = "first count" if number == 1 else f"{number}. count"
        began = time.monotonic()
        async for left in waiting(session, began + interval_s):
            progress(which + next_count_text(left), int(interval_s - left), int(interval_s) or 1)
        if session.gone.is_set():
            age = duration_text(time.monotonic() - began)
            gone = why_gone(session)
            raise TargetGone(gone.what, f"{age} after the {before}", hint=gone.hint)
        yield await count(session, untracked=untracked, progress=progress, timeout=timeout)


def why_gone(session: Measured) -> TargetGone:
    """The reason why a target is gone."""
    why = session.failure
    return why if isinstance(why, TargetGone) else TargetGone("the target ended")


async def waiting(session: Measured, until: float) -> AsyncIterator[float]:
    """The seconds that are left, now and then, up to the moment ``until`` or the target's end."""
    while (left := until - time.monotonic()) > 0 and not session.gone.is_set():
        yield left
        with suppress(TimeoutError):
            await asyncio.wait_for(session.gone.wait(), min(left, _TICK_S))
