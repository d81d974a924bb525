"""The command line before any process comes into it."""

from __future__ import annotations

import itertools
import os
import pkgutil
import shlex
import subprocess

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
    assert memtui("--version").stdout == f"memtui {package.__version__}\n"


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
        ["instances", "1", "dict", "-n", "0"],
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
    assert "did you mean memtui summary?" in ran.stderr


def test_a_verb_behind_the_pid_is_put_right():
    ran = memtui("4213", "summary", "--json")
    assert "comes before the PID" in ran.refused(2)
    assert "hint: memtui summary 4213\n" in ran.stderr


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
