"""Objects by type, of interpreters that the agent is not in."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from time import monotonic, sleep, time
from typing import TYPE_CHECKING

from memtui.attach import access
from memtui.attach.elf import Image, NotElf
from memtui.attach.embedded import version_of
from memtui.attach.facts import facts_of
from memtui.attach.family import not_python
from memtui.attach.interpreters import interpreter_list
from memtui.attach.memory import Memory
from memtui.attach.outside.kind_names import KindNames
from memtui.attach.outside.lists import Heads, find_heads
from memtui.attach.outside.walk import Ended, ListWalk, NotCounted
from memtui.model.errors import DeadlinePassed, MemtuiError, TargetGone, Unsupported
from memtui.model.interpreters import ObjectLists, OutsideCount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Seconds for one interpreter, if nothing else is said.
PATIENCE_S = 60.0
#: How often to look for the collector's lists, and seconds between two looks.
_LOOKS, _PAUSE = 100, 0.01
_BUSY = "try again when it is less busy, or raise --timeout"
_TOGETHER = "leave --interpreter out: all of them are counted together"


class Outside:
    """A process whose other interpreters are counted from outside; it keeps the names of types."""

    def __init__(self, pid: int, memory: Memory, image: Image) -> None:
        """Raises Unsupported where it cannot be done."""
        self._pid = pid
        self._memory = memory
        self._listed: tuple[int, ...] = ()
        found = interpreter_list(memory, image)
        if found is None:
            raise _unsupported(pid, "the list of its interpreters cannot be read")
        if found.lists is ObjectLists.TOGETHER:
            raise _unsupported(pid, "Python 3.8 keeps one list of objects for all", _TOGETHER)
        if found.lists is ObjectLists.NOWHERE:
            raise _unsupported(pid, "without a GIL its collector keeps no list of objects")
        self._list = found
        self._heads = self._found_heads()
        self._names = KindNames(memory, version_of(memory, image))

    @property
    def ids(self) -> tuple[int, ...]:
        """The interpreters that there are now, the main one first."""
        self._listed = tuple(self._states())
        return self._listed

    def count(
        self,
        interpreter: int,
        patience: float = PATIENCE_S,
        step: Callable[[int], None] = lambda _: None,
    ) -> OutsideCount:
        """Count the objects of one interpreter.  Raises MemtuiError if it is not there, or ends meanwhile.

        ``step`` hears now and then how many were counted.
        """
        states = self._states()
        if interpreter not in states:
            if interpreter in self._listed:
                raise _ended(self._pid, interpreter)
            raise _no_such(self._pid, interpreter, tuple(states))
        state, at, until = states[interpreter], time(), monotonic() + patience

        def is_there() -> bool:
            return self._states().get(interpreter) == state

        walk, frozen = (
            ListWalk(self._memory, heads, until, is_there=is_there, step=told)
            for heads, told in (
                (self._heads.of(state), step),
                ((state + self._heads.frozen,), lambda _: None),
            )
        )
        try:
            walk.run()
            frozen.run()
        except (OSError, OverflowError, NotCounted) as error:
            if not is_there():
                raise _ended(self._pid, interpreter) from None
            what = f"interpreter {interpreter} of process {self._pid} was not counted"
            raise DeadlinePassed(what, str(error), hint=_BUSY) from None
        except Ended:
            raise _ended(self._pid, interpreter) from None
        if not is_there():
            raise _ended(self._pid, interpreter)
        counts = self._named(walk.kinds)
        unread = walk.kinds.total() - counts.total()
        return OutsideCount(
            interpreter,
            at,
            counts,
            self._named(walk.young),
            frozen.kinds.total(),
            unread,
            moved=walk.moved,
        )

    def _named(self, kinds: Counter[int]) -> Counter[str]:
        """The same by name, without those whose type cannot be read."""
        counts: Counter[str] = Counter()
        for kind, many in kinds.items():
            name = self._names.of(kind)
            if name is not None:
                counts[name] += many
        return counts

    def _found_heads(self) -> Heads:
        for _ in range(_LOOKS):
            # They are at the same place in each interpreter's state; while one collects, they do not show there.
            for state in self._states().values():
                heads = find_heads(self._memory, state)
                if heads is not None:
                    return heads
            sleep(_PAUSE)
        raise _unsupported(self._pid, "its interpreter is not laid out as expected")

    def _states(self) -> dict[int, int]:
        return self._list.by_id(self._memory)


@contextmanager
def outside(pid: int) -> Iterator[Outside]:
    """The process ``pid`` for counts from outside.

    Raises NoSuchProcess, NotPython, NotPermitted, Unsupported; inside of the block TargetGone.
    """
    facts = facts_of(pid)
    if not facts.interpreter:
        raise not_python(facts)
    try:
        memory = Memory(facts.proc)
    except PermissionError:
        raise access.not_permitted(facts) from None
    except OSError:
        raise _gone(pid) from None
    with memory:
        try:
            yield Outside(pid, memory, Image(memory, facts.interpreter))
        except NotElf:
            raise _unsupported(pid, "its interpreter exports nothing") from None
        except OSError:
            raise _gone(pid) from None


def _unsupported(pid: int, why: str, hint: str | None = None) -> Unsupported:
    what = f"the interpreters of process {pid} cannot be counted one by one"
    return Unsupported(
        what, why, hint=hint or "leave --interpreter out: the main one can be counted"
    )


def _no_such(pid: int, interpreter: int, ids: tuple[int, ...]) -> MemtuiError:
    there = ", ".join(map(str, ids)) or "none that can be read"
    return MemtuiError(
        f"process {pid} has no interpreter {interpreter}",
        f"its interpreters are {there}" if len(ids) != 1 else "it has the main one only, 0",
        hint=f"memtui summary {pid} --interpreter all counts all of them",
    )


def _ended(pid: int, interpreter: int) -> TargetGone:
    return TargetGone(
        f"interpreter {interpreter} of process {pid} is gone",
        "it ended before it was counted",
        hint=f"memtui summary {pid} --interpreter all counts those that are there",
    )


def _gone(pid: int) -> TargetGone:
    return TargetGone(f"process {pid} is gone", "it ended while it was looked at")
