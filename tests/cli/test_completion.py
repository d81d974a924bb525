"""What shells complete: the scripts, and the answers to them."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess

import pytest

from tests.support.commands import MEMTUI, memtui
from tests.support.target import PATIENCE_S


def completed(line, shell="bash"):
    """What a shell is told of a line with the cursor at its end, as (kind, value)."""
    words = line.split()
    typing = [] if line.endswith(" ") else [words.pop()]
    env = {"bash": {"COMP_WORDS": line, "COMP_CWORD": str(len(words))}, "zsh": {}, "fish": {}}[
        shell
    ]
    if shell == "zsh":
        env = {"COMP_WORDS": line, "COMP_CWORD": str(len(words))}
    if shell == "fish":
        env = {"COMP_WORDS": " ".join(words), "COMP_CWORD": "".join(typing)}
    ran = memtui(**env, _MEMTUI_COMPLETE=f"{shell}_complete")
    assert (ran.code, ran.stderr) == (0, ""), ran
    return ran.stdout


def values(line):
    return [each.partition(",")[2] for each in completed(line).splitlines()]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(shell):
    ran = memtui("completion", shell)
    assert ran.code == 0
    assert f"_MEMTUI_COMPLETE={shell}_complete" in ran.stdout
    if shutil.which(shell):
        checked = subprocess.run(
            [shell, "-n"], input=ran.stdout, text=True, check=False, timeout=PATIENCE_S
        )
        assert checked.returncode == 0


def test_another_shell_is_refused():
    memtui("completion", "tcsh").refused(2)


def test_commands_and_options_and_choices():
    assert values("memtui su") == ["summary"]
    assert values("memtui summary --read") == ["--read-only"]
    assert values("memtui summary --method p") == ["ptrace", "pyrasite"]
    assert values("memtui 4213 --read") == ["--read-only"]
    assert {"gc", "run", "completion"} <= set(values("memtui "))
    assert "dashboard" not in values("memtui ")


def test_pids_are_those_of_python_processes(spawn, interpreter):
    target = spawn(interpreter)
    with subprocess.Popen(["sleep", "1000"]) as other:
        for line in ("memtui ", "memtui summary ", "memtui --read-only ", "memtui instances "):
            found = values(line)
            assert str(target.pid) in found
            assert str(other.pid) not in found
        other.kill()
    assert values(f"memtui gc {target.pid}") == [str(target.pid)]
    assert "plain.py" in completed("memtui gc ", "zsh")
    assert f"plain,{target.pid}\t" in completed("memtui gc ", "fish")


def test_a_type_needs_none_and_files_are_the_shells(spawn):
    assert values("memtui instances 1 d") == []
    assert completed("memtui report 1 -o inc").startswith("file,")
    assert completed("memtui run --python ").startswith("file,")


@pytest.mark.parametrize(
    "line", ["memtui nosuch ", "memtui 1 summary ", "memtui summary --nosuch "]
)
def test_where_nothing_can_be_completed_nothing_is_said(line):
    assert "Traceback" not in completed(line)


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
def test_bash_completes_with_its_script(tmp_path):
    program = tmp_path / "memtui"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(MEMTUI[0])} -m memtui "$@"\n')
    program.chmod(0o755)
    script = (
        'eval "$(memtui completion bash)"; COMP_WORDS=(memtui summary --meth); COMP_CWORD=2;'
        '_memtui_completion memtui; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": os.getcwd()},
    )
    assert done.stdout == "--method\n", done.stderr
