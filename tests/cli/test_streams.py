"""stdin, stdout and stderr that are closed, full or left, and interruptions at any moment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from tests.support.commands import MEMTUI, Paced
from tests.support.target import PATIENCE_S
from tests.support.waiting import until


def shell(script: str, *args: object, **env: str) -> subprocess.CompletedProcess[str]:
    """Run ``script``, in which "$@" is memtui with ``args``."""
    return subprocess.run(
        ["bash", "-c", script, "bash", *MEMTUI, *map(str, args)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
        check=False,
        env={**os.environ, **env},
    )


def two_lines(stderr: str) -> str:
    why, hint = stderr.splitlines()[-2:]
    assert why.startswith("memtui: ")
    assert hint.startswith("hint: ")
    assert "Traceback" not in stderr
    return why


@pytest.mark.parametrize(
    "args", [["--version"], ["--help"], ["ps"], ["ps", "--json"]], ids=" ".join
)
def test_an_answer_on_a_closed_stdout_is_told_to_be_lost(args):
    ran = shell('exec "$@" >&-', *args)
    assert ran.returncode == 1
    assert "cannot be written" in two_lines(ran.stderr)


def test_a_summary_on_a_closed_stdout(stocked):
    ran = shell('exec "$@" >&-', "summary", stocked.pid)
    assert ran.returncode == 1
    assert "cannot be written" in two_lines(ran.stderr)


def test_the_dashboard_without_streams_needs_a_terminal():
    ran = shell('exec "$@" <&- >&-')
    assert ran.returncode == 2
    assert "needs a terminal" in two_lines(ran.stderr)


def test_a_full_stdout_is_told_once():
    ran = shell('exec "$@" >/dev/full', "ps")
    assert (ran.returncode, len(ran.stderr.splitlines())) == (1, 2)
    assert "cannot be written: No space left" in two_lines(ran.stderr)


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", "2> >(:)"])
def test_an_answer_comes_though_nobody_hears_the_notes(stocked, redirection):
    # Of a builtin type a note is written, and before the answer.
    ran = shell(f'exec "$@" {redirection}', "instances", stocked.pid, "dict", "--json")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout)["kind"] == "instances"


def test_a_refusal_that_nobody_hears_keeps_its_exit_code():
    assert shell('exec "$@" 2>&-', "summary", 2**31).returncode == 3


def test_an_encoding_that_lacks_a_character_costs_that_character_only():
    ran = shell('exec "$@"', "--help", PYTHONIOENCODING="latin-1:strict", PYTHONUTF8="0")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("Usage: memtui ")


@pytest.mark.parametrize("many", [6, 8, 10, 12, 14])
def test_too_few_descriptors_are_told_in_two_lines_or_suffice(stocked, many):
    ran = shell(f'ulimit -n {many}; exec "$@"', "summary", stocked.pid, "--json")
    assert "Traceback" not in ran.stderr
    if ran.returncode:
        assert len(ran.stderr.splitlines()) == 2, ran.stderr
        assert "Too many open files" in two_lines(ran.stderr)
        assert "ulimit -n" in ran.stderr


def test_a_current_folder_that_is_gone(tmp_path):
    here = os.getcwd()
    folder = tmp_path / "folder"
    folder.mkdir()
    script = f'cd {folder}; rmdir {folder}; exec "$@"'
    ran = shell(script, "report", 1, "-o", "incident.md", PYTHONPATH=here)
    assert ran.returncode == 2
    assert "incident.md cannot be written" in two_lines(ran.stderr)


def interrupted(module: str, *args: str, times: int = 1) -> subprocess.CompletedProcess[str]:
    """Run memtui, interrupted ``times`` times in a row as soon as it imports ``module``."""
    program = f"""
import os, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            sys.meta_path.remove(self)
            for _ in range({times}):
                os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
sys.argv[1:] = {list(args)!r}
from memtui.cli import main
main()
"""
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


@pytest.mark.parametrize("module", ["memtui.cli.command", "click", "memtui.cli.verbs.ps", "psutil"])
def test_an_interruption_while_it_is_loaded_is_no_traceback(module):
    ran = interrupted(module, "ps")
    assert (ran.returncode, ran.stdout) == (130, "")
    assert "interrupted" in two_lines(ran.stderr)


def test_further_interruptions_do_not_cut_the_letting_go_short(interpreter, spawn):
    target = spawn(interpreter)
    target.execute("import json")
    look = "import os, sys; print(len(os.listdir('/proc/self/task')), sorted(vars(sys)))"
    target.execute(look)
    before = target.execute(look)
    viewer = subprocess.Popen(
        [*MEMTUI, "watch", str(target.pid), "json:dumps", "-n", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert viewer.stdout is not None
    viewer.stdout.readline()  # it watches
    for _ in range(3):
        viewer.send_signal(signal.SIGINT)
    _, said = viewer.communicate(timeout=PATIENCE_S)
    assert viewer.returncode == 130
    assert len(said.splitlines()) == 2, said
    two_lines(said)
    until(lambda: target.execute(look) == before)


# Another hasty key, as soon as the first has been told of.
ONCE_MORE = """
import os, signal
from memtui.cli import streams
tell = streams.tell
def hasty(*lines):
    tell(*lines)
    os.kill(os.getpid(), signal.SIGINT)
streams.tell = hasty
"""


def test_an_interruption_is_told_once(interpreter, spawn):
    target = spawn(interpreter)
    with Paced("diff", target.pid, "--interval", 100_000, before=ONCE_MORE) as viewer:
        viewer.wait_for_pause()
        viewer.go_on()
        viewer.process.send_signal(signal.SIGINT)
        ran = viewer.end()
    assert ran.code == 130
    assert len(ran.stderr.splitlines()) == 2, ran
    two_lines(ran.stderr)
