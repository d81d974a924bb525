"""``--redact``: what the program keeps is not told, how it is built is."""

from __future__ import annotations

import json
import sys

import pytest

from tests.support.commands import memtui
from tests.support.target import Target, linked

SECRETS = """
import asyncio, threading, time

class Account:
    def __init__(self):
        self.owner = "s3cret-name"
        self.number = 5318008
        self.cards = {"s3cret-key": [b"s3cret-bytes", ("s3cret-deep",)]}
        self.check = check

def check(word):
    time.sleep(0.01)
    raise ValueError("s3cret-message")

def keep_on():
    while True:
        try:
            check("s3cret-argument")
        except ValueError:
            pass

ACCOUNTS = {"s3cret-customer": Account()}
check.attempts = {"s3cret-attempt": [1]}
threading.Thread(target=keep_on, name="s3cret-thread", daemon=True).start()

waiting = threading.Event()

async def wait(token):
    waiting.set()
    await asyncio.sleep(1000)

async def begin():
    await asyncio.get_running_loop().create_task(wait("s3cret-token"), name="s3cret-task")

threading.Thread(target=asyncio.run, args=(begin(),), daemon=True).start()
waiting.wait()
"""
ASKED = {
    "instances": ["__main__.Account", "-x", 4],
    "an expression": ["__main__.Account", "-x", 4, "--expr", "target.cards"],
    "a graph": ["__main__.Account", "-x", 4, "--dot", "-"],
    "global": ["__main__", "-x", 4, "--limit", 0],
    "watch": ["__main__:check", "-x", 4, "-n", 1, "--for", 20],
    "threads": [],
    "tasks": ["_asyncio.Task", "-x", 4],
}


@pytest.fixture(scope="module")
def secretive(tmp_path_factory):
    python, script = linked(sys.executable, tmp_path_factory.mktemp("secretive of this"))
    target = Target(python, script, "--token", "s3cret-word")
    target.execute(SECRETS)
    yield target
    target.stop()


def asked(target, what, *more):
    verb = what if what in ("global", "watch", "threads") else "instances"
    return memtui(verb, target.pid, *ASKED[what], *more)


@pytest.mark.parametrize("what", ASKED)
def test_values_are_withheld_when_asked_for(secretive, what):
    open_, closed = (asked(secretive, what, flag) for flag in ("--no-redact", "--redact"))
    assert (open_.code, closed.code) == (0, 0), (open_, closed)
    assert "s3cret" in open_.stdout
    assert "s3cret" not in closed.stdout + closed.stderr
    assert "5318008" not in closed.stdout
    # Values may be told without being asked to be withheld.
    assert "s3cret" in asked(secretive, what).stdout


def test_names_that_python_gives_to_threads_stay(secretive):
    told = json.loads(asked(secretive, "threads", "--redact", "--json").stdout)
    names = {thread["name"]: thread for thread in told["threads"]}
    assert names.keys() - {"MainThread", "(withheld)"} == {"Thread-1 (run)"}
    assert names["(withheld)"]["target"] == "__main__.keep_on"
    assert names["(withheld)"]["function"] in ("check", "keep_on")


def test_the_shape_stays(secretive):
    told = json.loads(asked(secretive, "instances", "--redact", "--json").stdout)
    account = told["instances"][0]
    assert (account["preview"], account["redacted"]) == ("Account", False)
    below = {child["edge"]: child["node"] for child in account["children"]}
    assert below[".owner"]["redacted"]
    assert (below[".owner"]["preview"], below[".owner"]["length"]) == ("", 11)
    assert below[".check"]["preview"] == "__main__.check"
    assert [child["edge"] for child in below[".cards"]["children"]] == ["[…]"]


@pytest.mark.parametrize("verb", ["summary", "gc", "allocations", "diff"])
def test_arguments_of_the_command_line_are_withheld(secretive, verb):
    rest = {"allocations": ["--for", 0.2, "--warm-up", 0], "diff": ["--interval", 0.2]}
    words = [verb, secretive.pid, *rest.get(verb, []), "--json"]
    told, kept = (json.loads(memtui(*words, *more).stdout) for more in ([], ["--redact"]))
    assert told["process"]["argv"][-2:] == ["--token", "s3cret-word"]
    assert told["process"]["cmdline"].endswith("plain.py --token s3cret-word")
    assert kept["process"]["argv"] == [*told["process"]["argv"][:-2], "…"]
    assert kept["process"]["cmdline"].endswith("plain.py …")
