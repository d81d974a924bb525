"""Knocking at an agent that is about to leave: at each step it may do one more of its own."""

import pytest

from memtui.agent.entry import boot
from memtui.attach.rendezvous import open_rendezvous
from tests.support.live import Line, connect
from tests.support.tampering import change
from tests.support.target import PATIENCE_S
from tests.support.traces import numbers, until

CALL = ("/nowhere/s", "0" * 32)


class Door:
    """Its bell can be taken in after any look at it."""

    bells: list[object]

    def __init__(self):
        vars(self).update(vars(boot.new_door()), bells=[])

    @property
    def ring(self):
        return self.bells.pop(0)

    @ring.setter
    def ring(self, bell):
        self.bells = [bell]


class Emptied(list[object]):
    """The agent takes the call right after it was looked for, and before it is taken back."""

    def __contains__(self, call):
        found = super().__contains__(call)
        self.clear()
        return found

    def remove(self, call):
        self.clear()
        super().remove(call)


@pytest.fixture
def door(monkeypatch):
    found = Door()
    monkeypatch.setattr("sys._memtui_agent", found, raising=False)
    return found


def test_a_viewer_that_was_let_in_at_the_last_moment_is_in(door, monkeypatch):
    monkeypatch.delattr("sys._memtui_agent")
    door.waiting = Emptied()
    assert boot.knock(door, *CALL)


def test_a_viewer_that_came_too_late_is_told_so(door, monkeypatch):
    monkeypatch.delattr("sys._memtui_agent")
    assert not boot.knock(door, *CALL)
    assert door.waiting == []


def test_a_bell_may_be_taken_in_while_somebody_reaches_for_it(door):
    rung = []
    door.bells = [lambda: rung.append(True), None]
    assert boot.knock(door, *CALL)
    assert rung == [True]
    assert door.waiting == [CALL]


def test_a_bell_that_rings_no_more_does_no_harm(door):
    def broken():
        raise NameError

    door.bells = [broken, broken]
    assert boot.knock(door, *CALL)


def test_an_agent_that_has_just_left_lets_nobody_in(door, monkeypatch):
    """It clears its names as it goes; whoever held its door until now makes a new agent."""
    monkeypatch.delattr(boot, "_door")
    assert not boot.knock(door, *CALL)


_LATE = """
boot = agent("entry.boot")
def close(door, knock=boot.knock, plain=boot.close, calls=[%r]):
    while calls:
        assert knock(door, *calls.pop())
    plain(door)
boot.close = close
"""


async def test_a_viewer_that_knocks_as_the_agent_shuts_its_door(interpreter, spawn):
    """It is served like any other: the agent has all that it began with, and can be found again."""
    target = spawn(interpreter, "forking.py")
    async with open_rendezvous(target.pid) as meeting:
        async with connect(target) as line:
            await line.hello()
            change(target, _LATE % ((meeting.path_in_target, meeting.token),))
        late = Line(*await meeting.accept(PATIENCE_S))
    await late.hello()
    assert late.joined
    assert target.execute("fork()").split() == ["0", "False"]
    async with connect(target) as third:
        assert (await third.hello())["pid"] == target.pid
        assert third.joined
    await late.hang_up()
    await until(lambda: len(numbers(target.pid, "task")) == 1)
    assert target.execute("import sys; print(hasattr(sys, '_memtui_agent'))") == "False\n"
