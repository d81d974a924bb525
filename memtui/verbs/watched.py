"""Verb ``watched``: the calls of a watched function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memtui.model.safe import Text, TypeName
from memtui.present.text import clock_text, count_text, counted, took_text
from memtui.present.words import undecided_text
from memtui.verbs.asking import Count, FineMilliseconds, Instant, Said
from memtui.verbs.node import Node, check_depth

if TYPE_CHECKING:
    from memtui.verbs.asking import Asks

#: Types of nodes that are not objects: a whole call, and the reason why there is no value.
WHOLE_CALL, UNREADABLE = TypeName("call"), TypeName("unreadable")


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One call that matched.

    ``at`` is when it began; ``duration`` how long it took, for a generator or a coroutine from its
    first step to its last.  ``thread`` is the thread's name, None if ``threading`` does not know
    it.  ``value`` is what the expression gave; without one a node of type ``WHOLE_CALL`` with the
    arguments and the result below it.  ``error`` is what was raised, as ``Type: message``.
    ``blocks`` is how many more blocks of memory were allocated after the call than before, in the
    whole process; None if that is not known.
    """

    at: Instant
    duration: FineMilliseconds
    thread: Text | None
    thread_id: int
    value: Node
    error: Text | None
    blocks: int | None

    @property
    def began(self) -> str:
        """When, as the clock here had it."""
        return clock_text(self.at, with_millis=True)

    @property
    def took(self) -> str:
        """How long it took."""
        return took_text(self.duration)

    @property
    def thread_name(self) -> str:
        """In which thread."""
        return self.thread or f"thread {self.thread_id}"


@dataclass(frozen=True, slots=True, eq=False)
class Calls:
    """The calls since the last time, and the counts since the beginning.

    ``seen`` counts all calls, ``matched`` the wanted ones, ``dropped`` the wanted ones that came too
    fast to be shown.  For ``undecided`` ones the condition gave no answer; ``problem`` is the last
    reason.  ``running`` calls have not ended yet.  ``active`` is False when the watch has ended by itself.
    """

    calls: tuple[Call, ...]
    active: bool
    seen: Count
    matched: Count
    dropped: Count
    undecided: Count
    problem: Said | None
    notes: tuple[Said, ...]
    running: Count = 0

    def __post_init__(self) -> None:
        """Raise ValueError where values are nested too deep."""
        check_depth([each.value for each in self.calls])


async def watched(session: Asks, number: int, *, timeout: float | None = None) -> Calls:
    """The calls that watch ``number`` has captured since the last time."""
    return await session.ask("watched", {"number": number}, Calls, timeout=timeout)


def counts_text(calls: Calls) -> str:
    """How many calls were seen, matched and dropped, in words."""
    parts = [f"{counted(calls.seen, 'call')} seen", f"{count_text(calls.matched)} matched"]
    if calls.running:
        parts.append(f"{count_text(calls.running)} still running")
    if calls.dropped:
        parts.append(f"{count_text(calls.dropped)} came too fast and were dropped")
    if calls.undecided:
        parts.append(undecided_text(calls.undecided, calls.problem))
    return ", ".join(parts)
