"""Programs in which the ordinary is not there: names, modules, streams, room for a call."""

from __future__ import annotations

import ast
import builtins
import sys
import time
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from memtui.agent.entry import untouched
from memtui.attach import attach
from memtui.attach.folder import Folder
from memtui.attach.ptrace import engine
from memtui.model.errors import NoHeadroom, TargetGone, Unsupported
from memtui.verbs.census import census
from memtui.verbs.collect import collect
from memtui.verbs.instances import instances
from tests.support.places import needs_root
from tests.support.target import PATIENCE_S
from tests.support.traces import outside, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.interpreters import Interpreter
    from tests.support.target import Target


async def visit(target: Target, **options: Any) -> None:
    """Attach, look at this and that, leave; wait until nothing is left."""
    before = outside(target)
    session = await attach(target.pid, timeout=PATIENCE_S, **options)
    try:
        await census(session, timeout=PATIENCE_S)
        await instances(session, "function", depth=3, limit=50, timeout=PATIENCE_S)
        await collect(session)
    finally:
        await session.close()
    await until(lambda: outside(target) == before)
    assert target.errors() == ""


async def test_functions_of_the_script_are_not_taken_for_builtins(
    interpreter: Interpreter, spawn: Callable[..., Target]
) -> None:
    target = spawn(interpreter, "odd.py", "shadowed")
    await visit(target)
    assert target.execute("print(CALLED)") == "[]\n"


async def test_main_stays_what_it_is(
    interpreter: Interpreter, spawn: Callable[..., Target]
) -> None:
    target = spawn(interpreter, "odd.py", "nameless")
    # An interpreter that is asked to run a script itself replaces it.
    await visit(target, method="ptrace")
    assert target.execute("print(sys.modules['__main__'] is main)") == "True\n"


async def test_replaced_builtins_are_neither_called_nor_repaired(
    interpreter: Interpreter, spawn: Callable[..., Target]
) -> None:
    target = spawn(interpreter, "odd.py", "builtins_replaced")
    await visit(target)
    said = target.execute(
        "restored = [n for n in GENUINE if getattr(builtins, n).__name__ != 'replacement']\n"
        "called = CALLED[:]\nrestore(); print(restored, called, sys.modules['builtins'] is builtins)"
    )
    assert said == "[] [] True\n"
    target.stdin.close()
    assert target.process.wait(PATIENCE_S) == 0
    assert target.errors() == ""


async def test_no_call_is_left_to_the_main_thread(
    interpreter: Interpreter, spawn: Callable[..., Target]
) -> None:
    await visit(spawn(interpreter, "odd.py", "deep"))


async def test_numbers_of_standard_streams_are_not_used(
    interpreter: Interpreter, spawn: Callable[..., Target]
) -> None:
    target = spawn(interpreter, "odd.py", "streams_closed")
    session = await attach(target.pid, timeout=PATIENCE_S)
    try:
        said = target.execute(
            "taken = []\nfor number in (0, 1, 2):\n    try:\n        taken.append(os.write(number, b'text'))\n"
            "    except OSError:\n        pass\nprint(taken)"
        )
        assert said == "[]\n"
        await census(session, timeout=PATIENCE_S)
    finally:
        await session.close()


async def test_numbers_that_the_application_took_back_are_left_alone(
    interpreter: Interpreter, spawn: Callable[..., Target]
) -> None:
    target = spawn(interpreter)
    threads = outside(target)[0]
    target.execute("import os, socket")
    session = await attach(target.pid, timeout=PATIENCE_S)
    try:
        target.execute(
            "os.closerange(3, 64)\npairs = [socket.socketpair() for _ in range(8)]\n"
            "for one, other in pairs: one.send(b'mine'); other.send(b'mine')"
        )
        with pytest.raises(TargetGone):
            await census(session, timeout=PATIENCE_S)
    finally:
        await session.close()
    await until(lambda: outside(target)[0] == threads)
    assert (
        target.execute("print({each.recv(9) for pair in pairs for each in pair})") == "{b'mine'}\n"
    )


async def test_threads_that_ended_are_not_listed(
    interpreter: Interpreter, spawn: Callable[..., Target]
) -> None:
    target = spawn(interpreter, "odd.py", "asking")
    await visit(target)
    assert "Dummy" in target.execute("print(CALLED)")
    assert target.execute("print([each.name for each in threading.enumerate()])") == (
        "['MainThread']\n"
    )


async def test_the_mapping_of_modules_is_not_asked(
    interpreter: Interpreter, spawn: Callable[..., Target]
) -> None:
    target = spawn(interpreter, "odd.py", "modules_replaced")
    target.execute("del CALLED[:]")
    await visit(target)
    assert target.execute("print(set(CALLED) - {'__main__'})") == "set()\n"


async def test_what_cannot_be_loaded_is_named(
    interpreter: Interpreter, spawn: Callable[..., Target]
) -> None:
    target = spawn(interpreter, "odd.py", "libraries_gone")
    if target.execute("print('_socket' in sys.builtin_module_names)") == "True\n":
        await visit(target)
        return
    with pytest.raises(Unsupported, match="no module _socket") as caught:
        await attach(target.pid, timeout=PATIENCE_S)
    assert "library" in caught.value.hint
    assert target.errors() == ""


@pytest.mark.parametrize(
    ("event", "words"),
    [("compile", "fail there"), ("socket.connect", "socket.connect is forbidden")],
)
async def test_what_a_hook_forbids_is_told_at_once(
    interpreter: Interpreter, spawn: Callable[..., Target], event: str, words: str
) -> None:
    target = spawn(interpreter, "odd.py", "audited", event)
    before = outside(target)
    with pytest.raises(Unsupported, match=words):
        await attach(target.pid, method="ptrace", timeout=PATIENCE_S)
    await until(lambda: outside(target) == before)
    assert target.errors() == ""


@needs_root
async def test_no_thread_can_be_started(
    interpreter: Interpreter, spawn: Callable[..., Target]
) -> None:
    target = spawn(interpreter, "odd.py", "threadless")
    with pytest.raises(NoHeadroom, match="start") as caught:
        await attach(target.pid, timeout=PATIENCE_S)
    assert "--nproc" in caught.value.hint


FULL = """
import os, resource
limits = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (64, limits[1]))
held = []
try:
    while True: held.append(os.dup(0))
except OSError: pass
"""


async def test_no_file_can_be_opened(
    interpreter: Interpreter, spawn: Callable[..., Target]
) -> None:
    target = spawn(interpreter)
    target.execute(FULL)
    with pytest.raises(NoHeadroom, match="cannot open another file") as caught:
        await attach(target.pid, method="ptrace", timeout=PATIENCE_S)
    assert f"--pid {target.pid} --nofile" in caught.value.hint
    target.execute("[os.close(each) for each in held]")
    await visit(target)


async def test_the_targets_own_word_is_heard_before_ours(
    spawn: Callable[..., Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hours may pass between two looks of a viewer that gets no processor, and nobody listens in them."""
    target, looks, clock = spawn(sys.executable), [], time.monotonic
    target.execute(FULL)
    plain = engine.PtraceMethod._check_failure

    def check_failure(self: engine.PtraceMethod) -> None:
        looks.append(self)
        plain(self)

    monkeypatch.setattr(engine.PtraceMethod, "_check_failure", check_failure)
    said = Folder.said
    monkeypatch.setattr(Folder, "said", lambda self: said(self) if len(looks) > 2 else "")
    hasty = SimpleNamespace(
        monotonic=lambda: clock() + 3600 * len(looks), perf_counter=time.perf_counter
    )
    monkeypatch.setattr(engine, "time", hasty)
    with pytest.raises(NoHeadroom, match="cannot open another file"):
        await attach(target.pid, method="ptrace", timeout=PATIENCE_S)
    assert len(looks) > 2


def test_every_builtin_that_the_agent_uses_is_looked_at() -> None:
    used = set()
    for file in Path(str(files("memtui.agent"))).rglob("*.py"):
        if file.name not in ("__main__.py", "listener.py"):
            tree = ast.parse(file.read_text())
            used |= {each.id for each in ast.walk(tree) if isinstance(each, ast.Name)}
    found = {name for name in used if callable(getattr(builtins, name, None))}
    known = {name for name in found if not _is_error(getattr(builtins, name))} - {"__import__"}
    # A class statement uses it.
    assert known | {"__build_class__"} == set(untouched._WORDS.split())


def _is_error(found: object) -> bool:
    return isinstance(found, type) and issubclass(found, BaseException)
