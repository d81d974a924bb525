"""What memtui says when it cannot get in: why, what to do, which exit code, and quickly."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys

import pytest

from tests.support import interpreters
from tests.support.commands import AT_ONCE, MEMTUI, OnTerminal, Paced, memtui
from tests.support.target import PATIENCE_S
from tests.support.waiting import until
from tests.support.wrapping import WRAPPERS, wrapped

NOBODY = 65534


def status(pid: int, field: str) -> str:
    with open(f"/proc/{pid}/status") as lines:
        return next(line.split(":")[1].strip() for line in lines if line.startswith(field + ":"))


@pytest.fixture
def sleeper():
    process = subprocess.Popen(["sleep", "300"])
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize("args", [["summary"], ["diff"], ["gc"], ["instances", "dict"], []])
def test_no_such_process(args):
    gone = subprocess.Popen(["true"])
    gone.wait()
    verb, *rest = args or [None]
    words = [gone.pid] if verb is None else [verb, gone.pid, *rest, "--json"]
    assert str(gone.pid) in memtui(*words, *AT_ONCE).refused(3)


@pytest.mark.parametrize("pid", [2**22 + 1, 2**31, 2**64])
def test_a_pid_that_cannot_be(pid):
    memtui("summary", pid, *AT_ONCE).refused(3)


def test_not_python(sleeper):
    assert "Python" in memtui("summary", sleeper.pid, *AT_ONCE).refused(3)


def test_the_dashboard_refuses_before_the_screen_changes(sleeper):
    memtui(sleeper.pid, *AT_ONCE).refused(3)


@pytest.mark.parametrize("wrapper", WRAPPERS.values(), ids=WRAPPERS)
def test_a_wrapper_names_the_python_that_it_waits_for(wrapper):
    with wrapped(*wrapper) as process:
        args = ["instances", process.pid, "builtin_function_or_method", "-n", "3"]
        ran = memtui(*args, *AT_ONCE)
        assert "it started this Python process" in ran.refused(3)
        words = shlex.split(ran.stderr.partition("hint: ")[2].partition(": ")[2])
        assert words[1] == "instances"
        assert memtui(*words[1:]).code == 0


def test_on_a_terminal_a_wrapper_offers_the_python_that_it_waits_for():
    with wrapped(*WRAPPERS["both"]) as process, OnTerminal(process.pid) as viewer:
        viewer.wait_until_shown(b"which of the Python processes that it started?")
        viewer.wait_until_shown(b"1 process")
        viewer.type(b"\r")
        viewer.wait_until_shown(b"Growth")
        viewer.type(b"q")
        assert b"Traceback" not in viewer.rest()
        assert viewer.process.wait(PATIENCE_S) == 0


def test_a_zombie_is_no_process_to_look_at():
    zombie = subprocess.Popen([sys.executable, "-c", ""])
    until(lambda: status(zombie.pid, "State").startswith("Z"))
    try:
        memtui("summary", zombie.pid, *AT_ONCE).refused(3)
    finally:
        zombie.wait()


@pytest.mark.parametrize("method", ["ptrace", "pyrasite", "remote-exec"])
def test_read_only_refuses_a_collection_before_it_gets_in(interpreter, spawn, method):
    target = spawn(interpreter)
    ran = memtui("--read-only", "gc", target.pid, "--method", method, "--json", *AT_ONCE)
    assert "--read-only" in ran.refused(6)
    assert "attach without --read-only" in ran.stderr


def test_read_only_lets_everything_else_through(interpreter, spawn):
    target = spawn(interpreter)
    for args in (["summary"], ["instances", "dict"], ["diff", "--interval", "0.2"]):
        verb, *rest = args
        assert memtui(verb, target.pid, *rest, "--read-only").code == 0


def test_remote_exec_needs_3_14(spawn):
    found = next((i for i in interpreters.supported() if i.version < (3, 14)), None)
    if found is None:
        pytest.skip("no Python older than 3.14 on this machine")
    memtui("summary", spawn(found).pid, "--method", "remote-exec", *AT_ONCE).refused(5)


@pytest.mark.parametrize(
    "old",
    interpreters.too_old()
    or [pytest.param(None, marks=pytest.mark.skip(reason="no Python 2.7, 3.6 or 3.7 here"))],
    ids=str,
)
def test_too_old(old, spawn):
    target = spawn(old)
    said = memtui("summary", target.pid, *AT_ONCE).refused(5)
    found = "Python {}.{} is not supported".format(*old.version)
    assert found in said
    listed = json.loads(memtui("ps", "--json").stdout)["processes"]
    assert [each["why_not"] for each in listed if each["pid"] == target.pid] == [said]


def test_a_stopped_target_stays_stopped(interpreter, spawn):
    target = spawn(interpreter)
    os.kill(target.pid, signal.SIGSTOP)
    until(lambda: status(target.pid, "State").startswith("T"))
    ran = memtui("summary", target.pid, *AT_ONCE)
    assert "stopped" in ran.refused(1)
    assert f"kill -CONT {target.pid}" in ran.stderr
    assert status(target.pid, "State").startswith("T")
    os.kill(target.pid, signal.SIGCONT)
    assert memtui("summary", target.pid).code == 0


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (["instances", "Session"], "did you mean __main__.Session"),
        (["instances", "no.such.Thing"], "names are written module.QualName"),
        (["global", "no_such_module"], "memtui global {pid} lists the loaded modules"),
        (["global", "__main__", "no_such_name"], "memtui global {pid} MODULE"),
        (["watch", "no_such_module:function"], "memtui global {pid} lists the loaded modules"),
        (["watch", "__main__:Sesion.add"], "near it: Session"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_name_that_is_not_there_is_helped(interpreter, spawn, args, hint):
    target = spawn(interpreter)
    target.execute("class Session: pass\nsession = Session()")
    verb, *rest = args
    ran = memtui(verb, target.pid, *rest, *AT_ONCE)
    ran.refused(1)
    assert hint.format(pid=target.pid) in ran.stderr
    # The agent has classes of that name too; they are not what anybody looks for.
    assert "memtui.agent" not in ran.stderr


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_somebody_else_traces_it(interpreter, spawn):
    target = spawn(interpreter)
    tracer = subprocess.Popen(["strace", "-qq", "-o", "/dev/null", "-p", str(target.pid)])
    try:
        until(lambda: status(target.pid, "TracerPid") != "0")
        memtui("summary", target.pid, "--method", "ptrace", *AT_ONCE).refused(4)
    finally:
        tracer.terminate()
        tracer.wait()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not installed")
def test_another_users_process(interpreter, spawn):
    """As nobody, who may read files (the interpreter's own may lie in a private home), no more."""
    target = spawn(interpreter)
    reading = "-all,+dac_read_search"
    become = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
              f"--inh-caps={reading}", "--ambient-caps=+dac_read_search", f"--bounding-set={reading}")  # fmt: skip
    for args in (["summary", target.pid], ["gc", target.pid], [target.pid]):
        ran = memtui(*args, *AT_ONCE, command=(*become, *MEMTUI))
        assert str(target.pid) in ran.refused(4)
        assert "sudo" in ran.stderr
    listed = memtui("ps", command=(*become, *MEMTUI))
    assert listed.code == 0


@pytest.mark.parametrize("lives_s", [0.05, 0.15, 0.25, 0.35, 0.5])
def test_a_target_that_exits_meanwhile(lives_s):
    """Wherever the end falls, before, during or after the attach: one clean refusal, or an answer."""
    target = subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({lives_s})"])
    try:
        ran = memtui("summary", target.pid, *AT_ONCE)
    finally:
        target.wait()
    if ran.code == 0:
        assert "Traceback" not in ran.stderr
    else:
        assert ran.code in (1, 3), ran
        ran.refused(ran.code)


def test_a_target_killed_between_two_counts(interpreter, spawn):
    target = spawn(interpreter)
    with Paced("diff", target.pid, "--interval", 100_000) as viewer:
        viewer.wait_for_pause()
        viewer.go_on()
        target.stop()
        ran = viewer.end()
    assert (ran.code, ran.stdout) == (1, "")
    assert [line.split(":")[0] for line in ran.stderr.splitlines()] == ["memtui", "hint"]


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)
def test_an_interrupted_diff_leaves_nothing(interpreter, spawn, sent, code):
    target = spawn(interpreter)
    look = "import sys, os, threading; print(sorted(sys.modules), os.listdir('/proc/self/task').__len__(), sorted(os.listdir('/proc/self/fd')), sorted(vars(sys)))"
    target.execute(look)
    before = target.execute(look)
    viewer = subprocess.Popen(
        [*MEMTUI, "diff", str(target.pid), "--interval", "100000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    # Wherever it is by then, in the attach or at its first count.
    until(lambda: len(os.listdir(f"/proc/{target.pid}/task")) > 1)
    viewer.send_signal(sent)
    out, err = viewer.communicate(timeout=PATIENCE_S)
    assert (viewer.returncode, out) == (code, "")
    assert "Traceback" not in err
    until(lambda: len(os.listdir(f"/proc/{target.pid}/task")) == 1)
    until(lambda: target.execute(look) == before)
    assert not [name for name in os.listdir("/tmp") if name.startswith(f"memtui-{viewer.pid}-")]


#: The module defines the class in Python first: a collection ends that.
UNTRACKED = (
    "import datetime, gc; stamps = [datetime.datetime.now() for _ in range(500)]; gc.collect()"
)


@pytest.mark.parametrize("name", ["str", "datetime.datetime", "object"])
def test_a_type_that_the_collector_does_not_track_is_told(interpreter, spawn, name):
    target = spawn(interpreter)
    target.execute(UNTRACKED)
    ran = memtui("instances", target.pid, name)
    why = f"instances of {name} cannot be listed: the collector does not track them"
    assert ran.refused(1) == f"instances: {why}"
    assert "--untracked" in ran.stderr
    assert "did you mean" not in ran.stderr


def test_what_else_has_the_name_of_an_untracked_type_is_listed_with_a_note(interpreter, spawn):
    target = spawn(interpreter)
    target.execute("class Text(str): pass\nkept = [Text('a')]")
    ran = memtui("instances", target.pid, "str", "--subclasses", "-n", 50)
    assert ran.code == 0
    assert "__main__.Text" in ran.stdout
    assert "memtui: instances of str itself are not listed" in ran.stderr
