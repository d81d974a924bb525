"""What a thread waited for when we stopped it, it goes on waiting for: as long, and with the same end."""

from __future__ import annotations

import ast
import select
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.attach.getting_in import Mark, get_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.interpreters import Interpreter
    from tests.target import Target

WAITS = str(Path(__file__).parent / "targets" / "waits.py")
SECONDS = 1.5
RESULTS = {
    "sleep": None,
    "event": False,
    "acquire": False,
    "selected": ([], [], []),
    "poll": [],
    "epoll": [],
    "timeout": None,
    "received": b"once",
    "read": b"once",
    "accept": True,
    "child": 7,
    "c_poll": 0,
    "c_nanosleep": 0,
    "c_read": (4, b"once"),
    "c_select": 0,
}


def test_waits_go_on(
    some_interpreter: Interpreter, spawn: Callable[..., Target], tmp_path: Path
) -> None:
    targets = {name: spawn(some_interpreter, WAITS, name, str(SECONDS)) for name in RESULTS}
    marks = {name: Mark(tmp_path / name) for name in RESULTS}
    for target in targets.values():
        target.process.stdin.write(b"go\n")
        target.process.stdin.flush()
    began, entries = time.monotonic(), 0
    while time.monotonic() - began < SECONDS * 0.7:
        for name, target in targets.items():
            if time.monotonic() - began < SECONDS * 0.7:
                assert get_in(target.pid, marks[name].source, marks[name].hit).tidied
                entries += 1
    assert entries > len(targets), "too slow to tell anything"
    for name, target in targets.items():
        assert select.select([target.process.stdout], [], [], 10)[0], target.errors()
        took, result = ast.literal_eval(target.process.stdout.readline().decode())
        assert result == RESULTS[name], name
        # Waiting anew after the last entry would take it far beyond.
        assert SECONDS - 0.01 <= took < SECONDS * 1.35, name
