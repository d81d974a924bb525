"""``memtui watch`` from the outside: lines, JSON, exit codes."""

from __future__ import annotations

import json

import pytest

from tests.support.commands import AT_ONCE, memtui, memtui_on_terminal, prepared

APP = """
import threading, time

class Shop:
    def sell(self, user, count=1):
        if count < 0:
            raise ValueError("no stock")
        return {"user": user, "count": count}

def serve():
    number = 0
    while True:
        number += 1
        for count in (number, -1):
            try:
                shop.sell("al", count)
            except ValueError:
                pass
        time.sleep(0.005)

shop = Shop()
threading.Thread(target=serve, name="server", daemon=True).start()
"""
TARGET = "__main__:Shop.sell"
#: Ends the process when memtui's thread has been there for a while.
END = """
import os
def end():
    there, threads = 0, len(os.listdir("/proc/self/task"))
    while there < 60:
        time.sleep(0.05)
        there += len(os.listdir("/proc/self/task")) > threads
    os._exit(0)

threading.Thread(target=end, daemon=True).start()
"""


@pytest.fixture
def app(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(APP)
    return target


@pytest.mark.circle("python")
def test_json_on_every_interpreter(interpreter, spawn):
    target = spawn(interpreter)
    target.execute(APP)
    condition = "args[1] > 0 and kwargs['user'] == 'al'"
    ran = memtui(
        *("watch", target.pid, TARGET, "-n", 3, "--json", "--expr", "return_obj['user']"),
        *("--condition", condition),
    )
    assert ran.code == 0, ran
    document = json.loads(ran.stdout)
    assert (document["kind"], document["target"]) == ("watch", TARGET)
    assert len(document["calls"]) == 3
    for call in document["calls"]:
        assert call["value"]["preview"] == "'al'"
        assert call["thread"] == "server"
        assert call["error"] is None
        assert call["at"].endswith("Z")
        assert call["duration_ms"] >= 0
    assert target.execute(
        "print(Shop.sell.__code__.co_name, hasattr(Shop.sell, '__wrapped__'))"
    ) == ("sell False\n")


def test_lines_show_arguments_errors_and_what_became_of_the_calls(app):
    ran = memtui_on_terminal("watch", app.pid, TARGET, "-n", 2, width=100)
    assert ran.code == 0, ran
    for text in (
        "args: tuple[2]",
        "return_obj: dict[2]",
        "raised ValueError: no stock",
        " matched",
    ):
        assert text in ran.stdout


def test_a_hint_is_the_whole_command_with_its_pid(app):
    ran = memtui("watch", app.pid, "__main_:Shop.sell", "-n", 5)
    assert f"near it: __main__: memtui watch {app.pid} __main__:Shop.sell -n 5\n" in ran.stderr
    ran = memtui("watch", "--for", 5, app.pid, "of_no_such_name:f", "-n", 5)
    assert f"hint: memtui global {app.pid} lists the loaded modules" in ran.stderr
    ran = memtui("watch", app.pid, "__main__:serve.inner", "-n", 5)
    assert f"memtui watch {app.pid} '__main__:serve.<locals>.inner'\n" in ran.stderr


def test_errors_only(app):
    ran = memtui("watch", app.pid, TARGET, "--errors", "-n", 3, "--json")
    assert ran.code == 0, ran
    document = json.loads(ran.stdout)
    assert [call["error"] for call in document["calls"]] == ["ValueError: no stock"] * 3
    assert document["seen"] > document["matched"]


# The first question of a watch is answered when the function has been called.
WHEN_SEEN = """
import asyncio
from memtui.runs import watching
watched = watching.watched
async def when_seen(*args, **options):
    calls = await watched(*args, **options)
    while not calls.seen:
        await asyncio.sleep(0.01)
        calls = await watched(*args, **options)
    return calls
watching.watched = when_seen
"""


def test_a_condition_that_cannot_be_told_is_counted_for_a_while(app):
    ran = memtui(
        *("watch", app.pid, TARGET, "--condition", "target == 1", "-n", 0, "--for", 0.3, "--json"),
        command=prepared(WHEN_SEEN),
    )
    assert ran.code == 0, ran
    document = json.loads(ran.stdout)
    assert document["calls"] == []
    assert document["undecided"] > 0
    # One call may have been under way when it ended.
    assert document["seen"] - document["undecided"] in {0, 1}
    assert document["problem"] == "cannot compare __main__.Shop without running its code"


@pytest.mark.parametrize(
    ("option", "text", "column"),
    [("--condition", "args[0].save()", 1), ("--expr", "args[0] == argz", 12), ("--expr", "", 1)],
)
def test_a_bad_expression_is_pointed_at(option, text, column):
    ran = memtui("watch", 1, TARGET, option, text)
    first, caret, why, hint = ran.stderr.splitlines()
    assert ran.code == 2
    assert first == f"  {text}"
    assert caret == " " * (1 + column) + "^"
    assert why.startswith(f"memtui: {option}: column {column}: ")
    assert hint.startswith("hint: ")
    assert ran.stdout == ""


@pytest.mark.parametrize(
    ("target", "code", "why"),
    [
        ("__main__:Shop.sel", 1, "class __main__.Shop has no sel"),
        ("nowhere:f", 1, "module nowhere is not loaded"),
        ("posix:getpid", 1, "posix:getpid is written in C"),
        ("__main__:Shop", 1, "__main__:Shop is a class"),
        ("Shop.sell", 2, "a target is written module:function"),
    ],
)
def test_what_cannot_be_watched_is_refused_with_the_reason(app, target, code, why):
    assert why in memtui("watch", app.pid, target, *AT_ONCE).refused(code)


def test_a_read_only_session_watches_nothing(app):
    assert "read-only" in memtui("watch", app.pid, TARGET, "--read-only", *AT_ONCE).refused(6)


def test_a_target_that_ends_leaves_the_calls_that_were_seen(app):
    app.execute(END)
    ran = memtui("watch", app.pid, TARGET, "-n", 0, "--json")
    assert ran.code == 1
    assert f"process {app.pid} ended" in ran.stderr
    document = json.loads(ran.stdout)
    assert document["calls"]
    assert document["seen"] > 0
