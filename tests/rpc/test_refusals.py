"""What the agent says in codes: each has its words here, and the facts in them are safe."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import memtui
from memtui.model import errors
from memtui.rpc.phases import _PHASES, phase_text
from memtui.rpc.reasons import Cause, Reason
from memtui.rpc.refusals import _ROWS, refusal, words
from memtui.rpc.spelling import containing, nearest

AGENT = Path(memtui.__file__).parent / "agent"
CALLED = {"Refusal", "ReadError", "reason"}


def codes():
    """The codes that the agent's source has as literals."""
    found = {"no-start"}  # where not even the module for it could be loaded
    for path in AGENT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str() as code), *_]):
                    found |= {code} if name in CALLED else set()
                case ast.Call(
                    func=ast.Attribute(attr=name), args=[ast.Constant(value=str() as c), *_]
                ):
                    found |= {c} if name in CALLED else set()
    return found


def phases():
    """The phases that the agent's walks yield, or hand on, as literals."""
    found = set()
    for path in [*AGENT.glob("verbs/*.py"), *AGENT.glob("heap/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case (
                    ast.Yield(value=ast.Tuple(elts=[ast.Constant(value=str() as phase), *_]))
                    | ast.Call(
                        func=ast.Name(id="take"),
                        args=[_, ast.Constant(value=str() as phase), *_],
                    )
                    | ast.Assign(
                        targets=[ast.Name(id="phase")], value=ast.Constant(value=str() as phase)
                    )
                ):
                    found.add(phase)
    return found


def test_every_code_has_its_words_and_every_row_its_code():
    assert codes() == set(_ROWS)


def test_every_phase_has_its_words():
    assert phases() == set(_PHASES)


@pytest.mark.parametrize("code", sorted(_ROWS))
@pytest.mark.parametrize(
    "facts", [{}, dict.fromkeys(("type", "name", "error", "free", "key"), "x\x1b")]
)
def test_no_fact_is_trusted(code, facts):
    """Whatever is missing or of another kind, there is a sentence and a hint for a terminal."""
    error = refusal("census", Reason(code, facts | {"candidates": 3, "wanted": "?"}))
    assert error.why.isprintable()
    assert error.why[0] != " "
    assert error.hint.isprintable()
    assert words(Reason(code)).isprintable()


@pytest.mark.parametrize(
    ("reason", "kind", "why", "hint"),
    [
        (
            Reason("no-such-type", {"type": "Cart", "candidates": ["shop.CartLine", "shop.Cart"], "frozen": 0}),
            errors.RequestFailed,
            "there is no instance of Cart",
            "did you mean shop.Cart, shop.CartLine",
        ),
        (
            Reason("no-such-type", {"type": "Cart", "candidates": [], "frozen": 7}),
            errors.RequestFailed,
            "there is no instance of Cart",
            "7 objects are frozen (gc.freeze) and cannot be listed",
        ),
        (
            Reason("bad-argument", {"argument": "limit", "wanted": ["number", 1, 200]}),
            errors.RequestFailed,
            "argument limit must be 1 to 200",
            errors.RequestFailed.hint,
        ),
        (
            Reason("bad-argument", {"argument": "order", "wanted": ["word", "size", "name"]}),
            errors.RequestFailed,
            "argument order must be one of size, name",
            errors.RequestFailed.hint,
        ),
        (
            Reason("no-headroom", {"objects": 5, "needed": 3 << 20, "free": 1 << 19, "where": "data"}),
            errors.NoHeadroom,
            "a list of up to 5 objects may need 3.0 MiB, and 0.5 MiB are left of its data (RLIMIT_DATA)",
            "raise the limit: prlimit --data=BYTES --pid PID",
        ),
        (
            Reason("read-only", {"verb": "collect"}),
            errors.ReadOnly,
            "it changes the target, and the session is read-only",
            errors.ReadOnly.hint,
        ),
        (
            Reason("protocol", {}),
            errors.ProtocolError,
            "this agent speaks another protocol than the viewer",
            errors.ProtocolError.hint,
        ),
        (
            Reason(
                "costly",
                {
                    "traces": 300000,
                    "child": False,
                    "stall": 114000,
                    "bytes": 60 << 20,
                    "stop": 30000,
                    "no_child": Cause("has-children"),
                    "asks": True,
                },
            ),
            errors.RequestFailed,
            "about 300000 traces: the process would stop for up to 115 ms, and no child is forked because it waits for children of its own; and for up to 31 ms when tracing stops",
            "memtui asks before it does this",
        ),
    ],
)  # fmt: skip
def test_what_a_user_reads(reason, kind, why, hint):
    error = refusal("verb", reason)
    assert type(error) is kind
    assert (error.what, error.why, error.hint) == ("verb", why, hint)
    if isinstance(error, errors.RequestFailed):
        assert error.code == reason.code


def test_an_unknown_code_or_phase_speaks_for_itself():
    assert words(Reason("of\x1b tomorrow", {"a": 1})) == r"of\x1b tomorrow"
    assert phase_text("counting", "") == "counting"
    assert phase_text("instances", "a\x1b") == r"looking for a\x1b"
    assert phase_text("later\n", "") == r"later\n"


def test_names_that_are_spelled_alike():
    assert nearest("ad", ["add", "method", "give"]) == ["add"]
    assert nearest("Shop.sel", ["Shop.sell", "Shop.SELL", "shop"], most=1) == ["Shop.SELL"]
    assert nearest("cache", ["my_cached_things"]) == ["my_cached_things"]
    assert nearest("x" * 101, ["x" * 101]) == []
    assert nearest("x", ["x" * 101]) == []
    assert containing("shop.session", ["a.Session", "b.SessionX", "c"]) == [
        "a.Session",
        "b.SessionX",
    ]
    assert containing("shop.Sesion", ["shop.Session", "b.Cart"]) == ["shop.Session"]
    assert containing("shop.X", ["ast.BitXor", "proxy", "re.X"]) == ["re.X"]
