"""Calls of a watched function, as they were seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memtui.model.instances import Node

#: Types of nodes that are no objects: all there is to tell of a call, and why there is no value.
WHOLE_CALL, UNREADABLE = "call", "unreadable"


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One call that matched.

    ``at`` is when it began, in seconds since the epoch; ``duration_ms`` how long it took, for a
    generator or a coroutine from its first step to its last.  ``thread`` is the thread's name, None
    where ``threading`` does not know it.  ``value`` is what the expression gave; without one a node of
    type ``WHOLE_CALL`` with the arguments and the result below it.  ``error`` is what was raised, as
    ``Type: message``.  ``blocks`` is how many blocks of memory more were allocated after the call than
    before, in the whole process; None where that cannot be told.
    """

    at: float
    duration_ms: float
    thread: str | None
    thread_id: int
    value: Node
    error: str | None
    blocks: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Watching:
    """A watch that has begun.

    ``number`` is what the session calls it; ``flavour`` is function, generator, coroutine or async
    generator; ``method`` is monitoring or wrapping; ``notes`` are what one has to know to read it.
    """

    number: int
    target: str
    flavour: str
    method: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Calls:
    """The calls since the last time, and the counts since the beginning.

    ``seen`` are all calls, ``matched`` those that were wanted, ``dropped`` those of them that came too
    fast to be shown, ``undecided`` those whose condition could not be told, for the reason in
    ``problem`` (the last one).  ``active`` is False when the watch has ended by itself.
    """

    calls: tuple[Call, ...]
    active: bool
    seen: int
    matched: int
    dropped: int
    undecided: int
    problem: str
    notes: tuple[str, ...]
