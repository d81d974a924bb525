"""Knocking at an agent that is about to leave: at each step it may do one more of its own."""

import pytest

from memtui.agent import boot

CALL = ("/nowhere/s", "0" * 32)


class Door(boot.Door):
    """Its bell can be taken in after any look at it."""

    bells = ()

    @property
    def ring(self):
        return self.bells.pop(0)

    @ring.setter
    def ring(self, bell):
        self.bells = [bell]


class Emptied(list):
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
    assert door.knock(*CALL)


def test_a_viewer_that_came_too_late_is_told_so(door, monkeypatch):
    monkeypatch.delattr("sys._memtui_agent")
    assert not door.knock(*CALL)
    assert door.waiting == []


def test_a_bell_may_be_taken_in_while_somebody_reaches_for_it(door):
    rung = []
    door.bells = [lambda: rung.append(True), None]
    assert door.knock(*CALL)
    assert rung == [True]
    assert door.waiting == [CALL]


def test_a_bell_that_rings_no_more_does_no_harm(door):
    def broken():
        raise NameError

    door.bells = [broken, broken]
    assert door.knock(*CALL)
