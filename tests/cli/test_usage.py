"""The command line before any process comes into it."""

from __future__ import annotations

import itertools
import os
import pkgutil
import platform
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

import memtui as package
from memtui.attach import choose
from memtui.cli import command, verbs
from memtui.cli.command import _verb_first
from memtui.cli.options import METHODS
from tests.support.commands import MEMTUI, memtui, memtui_on_terminal
from tests.support.target import PATIENCE_S

VERBS = sorted(module.name for module in pkgutil.iter_modules(verbs.__path__))
VERBS.remove("dashboard")


@pytest.mark.parametrize(
    ("argv", "verb_first"),
    [
        ([], ["dashboard"]),
        (["4213"], ["dashboard", "4213"]),
        (["--read-only"], ["dashboard", "--read-only"]),
        (["--method", "ptrace", "4213"], ["dashboard", "--method", "ptrace", "4213"]),
        (["gc", "1"], ["gc", "1"]),
        (["--read-only", "gc", "1"], ["gc", "--read-only", "1"]),
        (["--filter", "gc", "summary", "1"], ["summary", "--filter", "gc", "1"]),
        (["--help"], ["--help"]),
        (["--version"], ["--version"]),
    ],
)
def test_options_may_stand_before_the_verb(argv, verb_first):
    assert _verb_first(argv) == verb_first


def test_help_lists_every_verb():
    ran = memtui("--help")
    assert ran.code == 0
    commands = ran.stdout.partition("Commands:")[2].split("Examples")[0]
    assert {line.split()[0] for line in commands.strip().splitlines()} >= set(VERBS)


def test_the_methods_are_those_of_attach():
    assert METHODS == choose.METHODS


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb):
    ran = memtui(verb, "--help")
    assert ran.code == 0
    assert ran.stdout.startswith(f"Usage: memtui {verb} ")


@pytest.mark.parametrize("verb", [None, *VERBS])
def test_every_help_has_examples_that_the_command_line_takes(verb):
    ran = memtui(*([] if verb is None else [verb]), "--help")
    shown = ran.stdout.partition("Examples:\n")[2].split("\n\n")[0].splitlines()
    assert shown, ran
    for line in shown:
        program, *words = itertools.takewhile(lambda w: w not in "|>", shlex.split(line))
        assert program == "memtui"
        name, *rest = _verb_first([word for word in words if word[0] != ">"])
        assert verb in (None, name)
        found = command.memtui.get_command(click.Context(command.memtui), name)
        assert found is not None
        # Raises where an option is not there or a value is none that it takes.
        found.make_context(name, rest)


def test_version():
    python = f"{platform.python_implementation()} {platform.python_version()}"
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    assert memtui("--version").stdout == f"memtui {package.__version__} · {python} · {system}\n"
    assert memtui("gc", "--version").code == 2


@pytest.mark.parametrize(
    "args",
    [
        ["frobnicate"],
        ["summary"],
        ["summary", "abc"],
        ["summary", "0"],
        ["summary", "-5"],
        ["summary", "1", "2"],
        ["summary", "9" * 5000],
        ["summary", "²"],
        ["0"],
        ["watch", "1", "json.dumps"],
        ["watch", "1", ":dumps"],
        ["watch", "1", "json:"],
        ["watch", "1", "json:a..b"],
        ["watch", "1", "json:a:b"],
        ["summary", "1", "--no-such-option"],
        ["summary", "1", "--limit", "many"],
        ["summary", "1", "--sort", "colour"],
        ["summary", "1", "--timeout", "0"],
        ["summary", "1", "--timeout", "nan"],
        ["summary", "1", "--timeout", "inf"],
        ["diff", "1", "--interval", "-1"],
        ["diff", "1", "--interval", "nan"],
        ["diff", "1", "--interval", "1e400"],
        ["report", "1", "--for", "nan"],
        ["watch", "1", "json:dumps", "--for", "inf"],
        ["allocations", "1", "--budget", "inf"],
        ["4213", "--interval", "nan"],
        ["instances", "1"],
        ["instances", "1", "dict", "-x", "7"],
        ["instances", "1", "dict", "-n", "-1"],
        ["summary", "1", "-n", "-1"],
        ["report", "1", "-o", "/tmp/incident.pdf"],
        ["instances", "1", "dict", "--order", "ascending"],
        ["summary", "1", "--method", "magic"],
        ["gc", "1", "--generation", "3"],
        ["--no-such-option"],
        ["4213", "--no-such-option"],
        ["4213", "4214"],
    ],
    ids=lambda args: " ".join(args)[:40],
)
def test_a_wrong_command_line_is_exit_2(args):
    memtui(*args).refused(2)


def test_a_near_miss_is_helped():
    ran = memtui("sumary", "1")
    ran.refused(2)
    assert ran.stderr.endswith("hint: did you mean: memtui summary 1\n")


def test_a_verb_behind_the_pid_is_put_right():
    ran = memtui("4213", "summary", "--json")
    assert "comes before the PID" in ran.refused(2)
    assert "hint: memtui summary 4213 --json\n" in ran.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["summary", "1", "--limit", "many"], "'many' is not a valid whole number"),
        (["diff", "1", "--interval", "soon"], "'soon' is not a valid number"),
        (["4213", "--json"], "no such option"),
    ],
)
def test_what_is_wrong_with_an_option_is_said_in_plain_words(args, said):
    ran = memtui(*args)
    assert said in ran.refused(2)
    assert "--help shows" in ran.stderr


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (["instances", "1", "a b.C", "--order", "ascending", "--json"],
         "memtui instances 1 'a b.C' --order ascending --json --sort age"),
        (["global", "1", "--sort", "size"], "memtui global 1 --sort length"),
        (["report", "1", "-o", "-", "--json"], "memtui report 1 -o -"),
        (["--read-only", "gc", "1", "--json"], "memtui gc 1 --json"),
        (["watch", "1", "json:dumps", "--read-only", "-n", "7"], "memtui watch 1 json:dumps -n 7"),
        (["diff", "1", "--intervall", "3"], "memtui diff 1 --interval 3"),
        (["watch", "17", "json.dumps"], "memtui watch 17 shop.cart:Cart.add"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else None,
)  # fmt: skip
def test_a_hint_has_the_whole_command_that_was_typed(args, hint):
    assert memtui(*args).stderr.splitlines()[-1].endswith(f": {hint}")


@pytest.mark.parametrize("verb", [["gc"], ["watch", "json:dumps"]], ids=str)
def test_read_only_refuses_what_changes_the_target_with_exit_6(verb):
    name, *rest = verb
    assert f"{name} is refused" in memtui(name, 1, *rest, "--read-only").refused(6)


@pytest.mark.parametrize("name", ["x.pdf", "x.json", "x.docx"])
def test_a_report_in_another_format_is_refused_with_those_there_are(tmp_path, name):
    ran = memtui("report", 1, "-o", tmp_path / name)
    assert f"no report in the format {name[1:]}" in ran.refused(2)
    assert "Markdown (.md, .markdown, .txt) and HTML (.html, .htm)" in ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_how_many_is_asked_in_the_same_way_everywhere():
    """By -n and by --limit, and 0 is no limit."""
    for verb in VERBS:
        found = command.memtui.get_command(click.Context(command.memtui), verb)
        assert found is not None
        for option in found.params:
            if isinstance(option, click.Option) and {"--limit", "-n"} & set(option.opts):
                assert option.opts == ["-n", "--limit"], verb
                assert isinstance(option.type, click.IntRange)
                assert option.type.min == 0
                assert "; 0 " in (option.help or "")


def test_the_man_page_is_current():
    root = Path(package.__file__).parents[1]
    made = subprocess.run(
        [sys.executable, root / "scripts" / "manpage.py"],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert (root / "docs" / "memtui.1").read_text() == made.stdout, "make man"
    for verb in VERBS:
        assert f".SS memtui {verb}" in made.stdout


def test_hostile_arguments_are_escaped():
    said = memtui("\x1b]0;owned\x07").refused(2)
    assert said.isprintable()


def test_the_dashboard_needs_a_terminal():
    said = memtui().refused(2)
    assert "needs a terminal" in said


def test_a_reader_that_leaves_is_no_failure():
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            [*MEMTUI, "--help"],
            stdout=write,
            stderr=subprocess.PIPE,
            check=False,
            timeout=PATIENCE_S,
        )
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_full_disk_is_told():
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*MEMTUI, "--help"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=PATIENCE_S,
        )
    assert done.returncode == 1
    assert done.stderr.startswith(b"memtui: ")
    assert b"No space left" in done.stderr
    assert b"Traceback" not in done.stderr


def test_colour_only_on_a_terminal_and_not_with_no_color():
    assert "\x1b[1m" in memtui_on_terminal("ps").stdout
    assert "\x1b" not in memtui_on_terminal("ps", NO_COLOR="1").stdout.replace("\r\x1b[K", "")
    assert "\x1b" not in memtui("ps").stdout
