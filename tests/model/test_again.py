"""The command that a hint says to type: the one that was typed, with a change."""

from __future__ import annotations

import pytest

from memtui.model import errors
from memtui.model.again import Again

TYPED = ("summary", "4213", "--filter", "shop.*", "--timeout", "2")


@pytest.mark.parametrize(
    ("again", "typed", "command"),
    [
        (Again(), TYPED, "memtui summary 4213 --filter 'shop.*' --timeout 2"),
        (Again(pid=7), (), "memtui 7"),
        (Again(), (), ""),
        (Again(add=("--yes",)), ("gc", "1"), "memtui gc 1 --yes"),
        (Again(add=("--yes",)), ("gc", "1", "--yes"), "memtui gc 1 --yes"),
        (Again(add=("--sort", "name")), ("ps", "--sort", "size"), "memtui ps --sort name"),
        (Again(add=("--sort", "name")), ("ps", "--sort=size"), "memtui ps --sort name"),
        (Again(add=("--limit", "0")), ("ps", "-n", "2"), "memtui ps --limit 0"),
        (Again(without=("--json",)), ("gc", "--json", "1"), "memtui gc 1"),
        (Again(swap=("10", "12")), ("gc", "10"), "memtui gc 12"),
        (Again(swap=("a", "b")), ("watch", "1", "a:f"), "memtui watch 1 b:f"),
        (Again(swap=("a", "b")), ("watch", "1", "c:f"), ""),
        (Again(swap=("--jsn", "--json")), ("gc", "1", "--jsn"), "memtui gc 1 --json"),
        (Again(swap=("--frm", "--from")), ("--frm=a b", "1"), "memtui '--from=a b' 1"),
        (Again(more="--timeout"), TYPED, "memtui summary 4213 --filter 'shop.*' --timeout 6"),
        (Again(more="--timeout"), ("gc", "1"), "memtui gc 1 --timeout 30"),
        (Again(more="--timeout"), ("gc", "1", "--timeout=0.5"), "memtui gc 1 --timeout 1.5"),
        (Again(under=("sudo",)), ("gc", "1"), "sudo memtui gc 1"),
        (
            Again(more="--timeout"),
            ("run", "--timeout", "2", "--no-dashboard", "app.py", "--timeout", "7"),
            "memtui run --no-dashboard --timeout 6 app.py --timeout 7",
        ),
    ],
)
def test_the_whole_command_with_the_change(again, typed, command):
    assert again.command(typed) == command


def test_a_hint_names_the_process_in_its_commands_only():
    error = errors.MemtuiError(
        "it", hint="a PID is in memtui global PID, memtui PID, kill -CONT PID"
    )
    error.name_process(7)
    assert error.hint == "a PID is in memtui global 7, memtui 7, kill -CONT 7"


def test_a_hint_tells_the_command_where_it_is_known():
    error = errors.ReadOnly("gc is refused")
    assert error.hint == "attach without --read-only to use it"
    assert error.hint_for(("gc", "1", "--read-only")) == f"{error.hint}: memtui gc 1"
    other = errors.AgentSilent("it is silent", hint="raise its limit")
    assert other.hint_for(("gc", "1")) == "raise its limit"
