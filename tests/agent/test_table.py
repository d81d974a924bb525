"""The table of verbs: what each file in ``agent/verbs`` says of itself, and that a file is all it takes."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import memtui
from memtui.attach import bundle
from tests.support.live import connect, said

VERBS = sorted((Path(memtui.__file__).parent / "agent" / "verbs").glob("[a-z]*.py"))
WORDS = {"natural", "text", "flag", "tree"}


@pytest.mark.parametrize("path", VERBS, ids=lambda path: path.stem)
def test_a_verb_says_what_its_function_takes(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    (literal,) = [
        node.value for node in tree.body if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "VERB"
    ]  # fmt: skip
    (function,) = [
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == path.stem
    ]
    verb = ast.literal_eval(literal)
    assert list(verb) == ["args", "walks", "changes"]
    assert type(verb["walks"]) is bool
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert type(verb["changes"]) is bool or verb["changes"] in functions
    session, meter, *args = [each.arg for each in function.args.args]
    assert (session.lstrip("_"), meter.lstrip("_")) == ("session", "meter")
    assert args == list(verb["args"])
    for kind, *default in verb["args"].values():
        assert kind in WORDS if isinstance(kind, str) else kind[0] in {"number", "naturals", "word"}
        assert len(default) <= 1


LEVITATE = """
from ..objects import names

VERB = {"args": {"high": (("number", 1, 9), 3)}, "walks": False, "changes": %s}


def levitate(session, meter, high):
    yield None
    return {"type": names.name_of(type(session)), "high": high}
"""


@pytest.fixture
def levitating(monkeypatch):
    """A verb that is one more file of the bundle, and nothing else."""

    def add(*, changes):
        plain = bundle._modules
        added = ("verbs.levitate", LEVITATE % changes)
        monkeypatch.setattr(bundle, "_modules", lambda: sorted([*plain(), added]))

    bundle.bundle.cache_clear()
    yield add
    bundle.bundle.cache_clear()


@pytest.mark.circle("viewer")
async def test_a_file_is_all_that_a_verb_takes(interpreter, spawn, levitating):
    levitating(changes=False)
    async with connect(spawn(interpreter)) as line:
        assert (await line.ask("levitate"))["error"]["code"] == "greeting"
        await line.hello()
        assert (await line.ok("levitate"))["high"] == 3
        assert (await line.ok("levitate", high=9))["high"] == 9
        wrong = (await line.ask("levitate", high=10))["error"]
        assert said(wrong)[0] == "argument high must be 1 to 9"
        unknown = (await line.ask("levitat"))["error"]
        assert "levitate" in said(unknown)[1]


@pytest.mark.circle("viewer")
async def test_a_read_only_session_is_refused_what_changes(interpreter, spawn, levitating):
    levitating(changes=True)
    target = spawn(interpreter)
    async with connect(target) as reader, connect(target) as writer:
        await reader.hello(read_only=True)
        await writer.hello()
        refused = (await reader.ask("levitate"))["error"]
        assert refused == {"code": "read-only", "facts": {"verb": "levitate"}}
        assert await writer.ok("levitate")
        assert await reader.ok("census")
