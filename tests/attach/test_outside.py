"""Interpreters that the agent is not in: counted from outside, whatever they do meanwhile."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from memtui.attach.interpreters import list_interpreters
from memtui.attach.outside.count import Outside, outside
from memtui.attach.outside.walk import ListWalk
from memtui.model.errors import DeadlinePassed, MemtuiError, TargetGone, Unsupported
from memtui.model.interpreters import ObjectLists
from tests.support import others
from tests.support.commands import memtui
from tests.support.target import PATIENCE_S, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.interpreters import Interpreter
    from tests.support.target import Target

#: Types whose instances the counting itself makes and drops, and how many of them may differ.
_PASSING = 60


def apart(interpreter: Interpreter) -> bool:
    """Whether its interpreters' objects can be told apart."""
    return interpreter.version >= (3, 9) and not interpreter.name.endswith("t")


@pytest.fixture
def stocked(interpreter: Interpreter, spawn: Callable[..., Target]) -> Target:
    """A target with two sub-interpreters, of which the first holds 12,345 objects of a class."""
    if not apart(interpreter):
        pytest.skip("the interpreters of this one are counted together, or not at all")
    target = spawn(interpreter)
    target.ids = others.make(target, others.STOCK % 12345, others.STOCK % 10)  # type: ignore[attr-defined]
    return target


def test_each_is_counted_as_it_counts_itself(stocked: Target) -> None:
    first, second = stocked.ids  # type: ignore[attr-defined]
    told = [others.count(stocked, place) for place in (0, 1)]
    with outside(stocked.pid) as there:
        assert there.ids == (0, first, second)
        counted = [there.count(each) for each in (first, second)]
        main = there.count(0)
    for itself, seen in zip(told, counted, strict=True):
        assert not seen.moved
        assert seen.unread == 0
        # Spelled like the types' own names, each of them; what it made to count itself is gone.
        assert set(itself) <= set(seen.counts) | {"list_iterator"}
        differ = {name: seen.counts.get(name, 0) - many for name, many in itself.items()}
        assert sum(map(abs, differ.values())) < _PASSING
        own = {name: many for name, many in seen.counts.items() if name.startswith("__main__.")}
        assert own == {name: many for name, many in itself.items() if name.startswith("__main__.")}
    assert [each.counts["__main__.Outer.Inner"] for each in counted] == [12345, 10]
    assert "__main__.Outer.Inner" not in main.counts


@pytest.mark.circle("python")
def test_frozen_objects_are_counted_apart(stocked: Target) -> None:
    stocked.execute("run(made[0], 'import gc; gc.freeze(); LATER = [[] for _ in range(321)]')")
    frozen = int(
        stocked.execute("run(made[0], 'import gc; print(gc.get_freeze_count(), flush=True)')")
    )
    with outside(stocked.pid) as there:
        seen = there.count(there.ids[1])
    assert seen.frozen == frozen > 12345
    assert "__main__.Outer.Inner" not in seen.counts
    assert 321 <= seen.counts["list"] < 400


@pytest.mark.circle("python")
def test_what_stays_is_counted_exactly_beside_what_moves(stocked: Target) -> None:
    others.keep_at(stocked, 0)
    with outside(stocked.pid) as there:
        until = time.monotonic() + PATIENCE_S
        moved = 0
        while moved < 3 and time.monotonic() < until:
            seen = there.count(there.ids[1], PATIENCE_S)
            assert seen.counts["__main__.Outer.Inner"] == 12345
            moved += seen.moved
    assert moved == 3
    assert stocked.errors() == ""


@pytest.mark.circle("python")
def test_one_that_ends_meanwhile(stocked: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = stocked.ids  # type: ignore[attr-defined]
    with outside(stocked.pid) as there:
        stocked.execute("interpreters.destroy(made.pop())")
        with pytest.raises(MemtuiError, match=rf"no interpreter {second}: .* are 0, {first}"):
            there.count(second)
        run = ListWalk.run

        def ends(walk: ListWalk) -> None:
            if stocked.execute("print(len(made))") == "1\n":
                stocked.execute("interpreters.destroy(made.pop())")
            run(walk)

        monkeypatch.setattr(ListWalk, "run", ends)
        with pytest.raises(TargetGone, match="it ended before it was counted"):
            there.count(first)
    assert stocked.execute("print('alive')") == "alive\n"
    assert stocked.errors() == ""


@pytest.mark.circle("python")
def test_many_that_come_and_go(stocked: Target) -> None:
    stocked.execute("""
rounds = 0
def come_and_go():
    global rounds
    while True:
        new = interpreters.create()
        run(new, "KEPT = [[] for _ in range(2000)]")
        interpreters.destroy(new)
        rounds += 1
threading.Thread(target=come_and_go, daemon=True).start()
""")
    first = stocked.ids[0]  # type: ignore[attr-defined]
    ended = seen = 0
    until = time.monotonic() + PATIENCE_S
    with outside(stocked.pid) as there:
        while ended + seen < 20 and time.monotonic() < until:
            assert there.count(first).counts["__main__.Outer.Inner"] == 12345
            for new in there.ids[3:]:
                try:
                    there.count(new)
                    seen += 1
                except TargetGone:
                    ended += 1
    assert ended + seen == 20
    ran = memtui("summary", stocked.pid, "--interpreter", "all", "-n", 1)
    assert (ran.code, "12,345" in ran.stdout) == (0, True), ran
    before = int(stocked.execute("print(rounds)"))
    while int(stocked.execute("print(rounds)")) == before:
        assert time.monotonic() < until
    assert stocked.errors() == ""


def test_where_they_cannot_be_told_apart(
    interpreter: Interpreter, spawn: Callable[..., Target]
) -> None:
    target = spawn(interpreter)
    others.make(target, others.STOCK % 12345)
    there = list_interpreters(target.pid)
    assert there is not None
    assert (there.count, len(there.ids)) == (2, 2)
    if apart(interpreter):
        assert there.lists is ObjectLists.APART
        return
    together = interpreter.version < (3, 9)
    assert there.lists is (ObjectLists.TOGETHER if together else ObjectLists.NOWHERE)
    assert there.uncounted == (0 if together else 1)
    with pytest.raises(Unsupported, match="one list" if together else "without a GIL"):
        outside(target.pid).__enter__()
    if together:
        # The main one's count has them.
        counted = target.execute(
            "import gc; print(sum(type(each).__name__ == 'Inner' for each in gc.get_objects()))"
        )
        assert counted == "12345\n"


@pytest.mark.circle("viewer")
def test_an_unknown_layout_is_refused(stocked: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memtui.attach.outside.count._LOOKS", 2)
    monkeypatch.setattr("memtui.attach.outside.lists._SEARCHED", 4096 // 64)
    monkeypatch.setattr(Outside, "_states", lambda _: {0: 4096})
    with pytest.raises(Unsupported, match="not laid out as expected"):
        outside(stocked.pid).__enter__()


def test_nobody_listens_in_a_sub_interpreter(
    interpreter: Interpreter, spawn: Callable[..., Target]
) -> None:
    """A thread in one makes ``run_string`` fail (3.8), or its end that of the process (3.13)."""
    target = spawn(interpreter)
    others.make(target, "pass")
    call = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
import memtui.agent
try:
    memtui.agent.listen()
except RuntimeError as error:
    print(error, flush=True)
else:
    print("it listens", flush=True)
"""
    assert "in the main interpreter only" in target.execute(f"run(made[0], {call!r})")
    target.execute("run(made[0], 'pass'); interpreters.destroy(made.pop())")
    assert target.execute("print('alive')") == "alive\n"


@pytest.mark.circle("viewer")
def test_what_moves_too_fast_is_not_told_in_part(
    stocked: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = stocked.ids[0]  # type: ignore[attr-defined]
    follow = ListWalk._follow

    def breaks(walk: ListWalk, head: int, previous: int, node: int) -> bool:
        follow(walk, head, previous, node)
        walk._begin(head)
        return False

    monkeypatch.setattr(ListWalk, "_follow", breaks)
    with (
        outside(stocked.pid) as there,
        pytest.raises(DeadlinePassed, match="faster than") as caught,
    ):
        there.count(first)
    assert "less busy" in caught.value.hint
    with outside(stocked.pid) as there, pytest.raises(DeadlinePassed, match="in time"):
        monkeypatch.setattr(ListWalk, "_follow", follow)
        there.count(first, 0.0)
