"""What a thread waited for when we stopped it, it goes on waiting for: as long, and with the same end."""

from __future__ import annotations

import ast
import select
import time
from typing import TYPE_CHECKING

from tests.support.getting_in import WAITS, Mark, get_in
from tests.support.target import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.interpreters import Interpreter
    from tests.support.target import Target

RESULTS: dict[str, object] = {
    "sleep": None,
    "event": False,
    "acquire": False,
    "selected": ([], [], []),
    "poll": [],
    "epoll": [],
    "timeout": None,
    "c_poll": 0,
    "c_nanosleep": 0,
    "c_select": 0,
    "received": b"once",
    "read": b"once",
    "accept": True,
    "child": 7,
    "c_read": (4, b"once"),
}
#: These end when something comes, however often they are begun anew.
FOR_SOMETHING = ("received", "read", "accept", "child", "c_read")


def test_waits_go_on(
    interpreter: Interpreter, spawn: Callable[..., Target], tmp_path: Path
) -> None:
    targets = {name: spawn(interpreter, WAITS, name) for name in RESULTS}
    marks = {name: Mark(tmp_path / name) for name in RESULTS}

    def enter(name: str) -> float:
        began = time.monotonic()
        assert get_in(targets[name].pid, marks[name].source, marks[name].hit).tidied
        return began

    # As long as it takes here to enter each of them in the first half of its wait.
    slowest = max(time.monotonic() - enter(name) for name in ("sleep", "poll", "read"))
    seconds = max(1.5, 2.5 * slowest * len(targets))
    for target in targets.values():
        target.stdin.write(b"%f\n" % seconds)
        target.stdin.flush()
    entered: dict[str, float] = {}
    until = time.monotonic() + seconds * 0.7
    while not entered or time.monotonic() < until:
        for name in targets:
            if name not in entered or time.monotonic() < until:
                entered[name] = enter(name)
    for name, target in targets.items():
        assert select.select([target.stdout], [], [], PATIENCE_S)[0], target.errors()
        line = target.stdout.readline().decode()
        began, took, starved, result = ast.literal_eval(line)
        assert result == RESULTS[name], name
        assert took >= seconds - 0.01, name
        if name not in FOR_SOMETHING:
            # Waiting anew since the last entry would take it that much further.
            anew = max(0.0, entered[name] - began) + seconds
            assert took - starved < max(anew, seconds * 1.35), name
