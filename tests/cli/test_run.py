"""``memtui run``: the program is as it would be without us, and the dashboard opens on it."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.support import interpreters
from tests.support.commands import MEMTUI, OnTerminal, memtui
from tests.support.known import known
from tests.support.target import PATIENCE_S

PROGRAM = """
import os, signal, sys
print(__name__, sys.argv[1:], os.path.basename(sys.argv[0]), sys.path[0], os.getpid(), flush=True)
print(sys.stdin.read())
if "die" in sys.argv:
    os.kill(os.getpid(), signal.SIGKILL)
sys.exit(7)
"""


def run(*words: object, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*MEMTUI, "run", *map(str, words)],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


@pytest.mark.circle("python")
def test_without_a_terminal_it_becomes_the_program(tmp_path, interpreter):
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    process = subprocess.Popen(
        [*MEMTUI, "run", "--python", interpreter.path, str(script), "--json", "-m", "x y"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    out, err = process.communicate("given\n", timeout=PATIENCE_S)
    first, given = out.splitlines()[:2]
    argv = ["--json", "-m", "x y"]
    assert first == f"__main__ {argv} program.py {tmp_path} {process.pid}"
    assert given == "given"
    assert process.returncode == 7
    assert err == f"memtui: attach to it with: memtui {process.pid}\n"


@pytest.mark.parametrize(
    "old",
    interpreters.too_old()
    or [pytest.param(None, marks=pytest.mark.skip(reason="no Python 2.7, 3.6 or 3.7 here"))],
    ids=str,
)
def test_an_interpreter_that_is_too_old_is_refused_and_runs_nothing(tmp_path, old):
    script = tmp_path / "program.py"
    script.write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    said = memtui("run", "--python", old.path, script).refused(5)
    assert "Python {}.{} is not supported".format(*old.version) in said
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("what", ["/bin/false", "/bin/echo", "/nowhere/python"])
def test_what_is_no_interpreter_is_refused(tmp_path, what):
    script = tmp_path / "program.py"
    script.write_text("")
    memtui("run", "--python", what, script).refused(2)


def test_it_can_be_attached_to_by_invitation(tmp_path):
    script = tmp_path / "program.py"
    script.write_text(
        "import sys\nclass Mine: pass\nkept = [Mine() for _ in range(321)]\n"
        "print('made', flush=True)\nsys.stdin.read()"
    )
    process = subprocess.Popen(
        [*MEMTUI, "run", "--", str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert known(process.stdout).readline() == b"made\n"
        assert str(process.pid) in memtui("ps", "--filter", f"*{script}*").stdout
        ran = memtui("summary", process.pid, "--method", "cooperative", "--filter", "__main__.*")
        assert "__main__.Mine" in ran.stdout, ran
        assert "321" in ran.stdout
    finally:
        process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0


def test_a_module_runs_as_python_would_run_it():
    done = run("-m", "json.tool", "--sort-keys", stdin='{"b": 1, "a": 2}')
    assert done.stdout.split() == ["{", '"a":', "2,", '"b":', "1", "}"]
    assert done.returncode == 0


@pytest.mark.parametrize("name", ["nosuch", "nosuch.part", "json.nosuch"])
@pytest.mark.circle("python")
def test_a_module_that_is_not_there_is_told_in_one_line(name, interpreter):
    done = run("--python", interpreter.path, "-m", name)
    plain = subprocess.run(
        [interpreter.path, "-m", name],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert (done.returncode, plain.returncode) == (1, 1)
    [line] = done.stderr.splitlines()[1:]
    assert [line] == plain.stderr.splitlines()
    assert "No module named" in line


def test_under_the_dashboard_a_program_cannot_be_read_from_the_terminal():
    with OnTerminal("run", "-") as viewer:
        viewer.wait_until_shown(b"hint: memtui run --no-dashboard -")
        assert viewer.process.wait(PATIENCE_S) == 2


def test_a_module_that_fails_shows_where(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "broken.py").write_text("import nosuch\n")
    done = run("-m", "broken")
    assert done.returncode == 1
    assert 'broken.py", line 1' in done.stderr
    assert done.stderr.endswith("No module named 'nosuch'\n")


def test_a_signal_ends_it_as_it_would_alone(tmp_path):
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    assert run("--", script, "die").returncode == -signal.SIGKILL


def test_what_cannot_run_is_told(tmp_path):
    assert "no script" in memtui("run", tmp_path / "absent.py").refused(2)
    assert "no interpreter" in memtui("run", "--python", "/nowhere/python", "x.py").refused(2)
    memtui("run").refused(2)


def test_the_dashboard_opens_and_the_program_goes_on(tmp_path):
    script = tmp_path / "program.py"
    script.write_text(
        "import signal, sys, time\n"
        "class Kept: pass\n"
        "kept = [Kept() for _ in range(9876)]\n"
        "def end(*_):\n"
        "    print('interrupted'); sys.exit(5)\n"
        "signal.signal(signal.SIGINT, end)\n"
        "print('begun', flush=True)\n"
        "while True: time.sleep(0.01)\n"
    )
    with OnTerminal("run", script) as viewer:
        viewer.wait_until_shown(b"9,876")
        viewer.type(b"q")
        viewer.wait_until_shown(b"begun")
        assert b"goes on as process" in viewer.said
        viewer.process.send_signal(signal.SIGINT)
        viewer.wait_until_shown(b"interrupted")
        assert viewer.process.wait(PATIENCE_S) == 5
        assert b"Traceback" not in viewer.rest()


def test_the_agent_package_runs_as_a_module(tmp_path):
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, "-m", "memtui.agent", str(script), "a"],
        input="",
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.stdout.startswith("__main__ ['a'] program.py")
    assert done.returncode == 7
