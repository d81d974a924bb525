"""The watch engine under every interpreter, on functions of all kinds, undone without a trace."""

from __future__ import annotations

import ast
import json
import subprocess

import pytest

from memtui.model.expression import WATCH_NAMES, parse
from tests.support.target import ROOT

pytestmark = pytest.mark.circle("internals")

SCRIPTS = ROOT / "tests" / "targets" / "watching"


def trees():
    """The expressions that the scripts give by the keywords ``condition`` and ``expr``, parsed."""
    found = {}
    for script in SCRIPTS.glob("*.py"):
        for node in ast.walk(ast.parse(script.read_text())):
            match node:
                case ast.keyword(arg="condition" | "expr", value=ast.Constant(value=str() as text)):
                    found[text] = parse(text, WATCH_NAMES)
    return found


def test_calls_are_seen_and_the_functions_are_as_before(interpreter):
    ran = subprocess.run(
        [interpreter.path, "-B", str(SCRIPTS)],
        input=json.dumps(trees()).encode(),
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(ROOT)},
        check=True,
        timeout=300,
    )
    failed = json.loads(ran.stdout)
    assert not failed, "\n\n".join(f"{name}:\n{trace}" for name, trace in failed.items())
