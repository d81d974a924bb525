"""The expression language, from text to tree: what it takes, and what it points at when it refuses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.agent import wire
from memtui.model.expression import (
    DEPTH_LIMIT,
    INSTANCE_NAMES,
    WATCH_NAMES,
    ExpressionError,
    parse,
)

ARGS = ["name", "args"]


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("args", ARGS),
        ("target.user._name", ["attr", ["attr", ["name", "target"], "user"], "_name"]),
        ("args[0]", ["item", ARGS, ["value", 0]]),
        ("args[-1]", ["item", ARGS, ["value", -1]]),
        (
            "kwargs['a']['b']",
            ["item", ["item", ["name", "kwargs"], ["value", "a"]], ["value", "b"]],
        ),
        ("kwargs[1, 'x']", ["item", ["name", "kwargs"], ["tuple", ["value", 1], ["value", "x"]]]),
        ("len(args) > 2", ["compare", ["len", ARGS], ">", ["value", 2]]),
        ("type(args)", ["type", ARGS]),
        (
            "0 < cost_ms <= 1.5",
            ["compare", ["value", 0], "<", ["name", "cost_ms"], "<=", ["float", "1.5"]],
        ),
        ("args in [1, 2]", ["compare", ARGS, "in", ["tuple", ["value", 1], ["value", 2]]]),
        (
            "args not in (1, b'x')",
            ["compare", ARGS, "not in", ["tuple", ["value", 1], ["value", b"x"]]],
        ),
        ("error is not None", ["compare", ["name", "error"], "is not", ["value", None]]),
        ("not args or (args and True)", ["or", ["not", ARGS], ["and", ARGS, ["value", True]]]),
        ("args == 99999999999999999999", ["compare", ARGS, "==", ["int", "99999999999999999999"]]),
        ("  args == +7  ", ["compare", ARGS, "==", ["value", 7]]),
    ],
)
def test_a_text_becomes_a_tree_of_lists(text, tree):
    parsed = parse(text, WATCH_NAMES)
    assert parsed == tree
    assert wire.unpack(wire.pack({"args": {"where": parsed}})) == {"args": {"where": tree}}


@pytest.mark.parametrize(
    ("text", "column", "why"),
    [
        ("args[0].save()", 0, "only len(x) and type(x) can be called"),
        ("args == open('x')", 8, "only len(x) and type(x) can be called"),
        ("args + 1", 0, "arithmetic"),
        ("args[0:2]", 5, "slices"),
        ("args[args]", 5, "a literal is needed"),
        ("argz == 1", 0, "unknown name 'argz', try args, kwargs"),
        ("args = 1", 5, "assignment is not supported"),
        ("args == 'x", 8, "unterminated string literal"),
        ("(args", 0, "'(' was never closed"),
        ("args )", 5, "unmatched ')'"),
        ("(args := 1)", 1, "assignment is not supported"),
        ("args ==", 7, "ends too early"),
        ("'é' == args.x + 1", 7, "arithmetic"),
        ("   args.", 8, "ends too early"),
        ("[x for x in args]", 0, "this is not supported"),
        ("lambda: 1", 0, "lambda"),
        ("f'{args}'", 0, "f-strings"),
        ("len", 0, "len needs"),
        ("len(args, args)", 0, "len() takes one value"),
        ("-args", 0, "a sign goes before a number"),
        ("args == 1j", 8, "complex"),
        ("args == 'a\x1b[31m'", 10, "U+001B"),
        ("args\n", 4, "U+000A"),
        ("", 0, "it is empty"),
        ("not " * DEPTH_LIMIT + "args", 4 * DEPTH_LIMIT, "nests deeper"),
        ("(" * 900 + "args" + ")" * 900, 0, ""),
        ("x" * 5000, 0, "it has 5000 characters, the limit is 2000"),
    ],
)
def test_what_is_outside_the_language_is_pointed_at(text, column, why):
    with pytest.raises(ExpressionError) as caught:
        parse(text, WATCH_NAMES)
    error = caught.value
    assert why in error.reason
    assert error.exit_code == 2
    first, caret = error.pointer.split("\n")
    assert caret.index("^") == error.column + 2
    if why:
        assert error.column == column
        assert f"column {column + 1}" in str(error)
    assert all(character.isprintable() for character in first)


def test_instances_have_their_own_names():
    assert parse("obj is target", INSTANCE_NAMES)
    with pytest.raises(ExpressionError, match="try target, obj"):
        parse("args", INSTANCE_NAMES)


@given(st.text(max_size=60) | st.text(alphabet="args[]().=<>'1 nottypelen,:-", max_size=40))
def test_any_text_parses_to_what_the_wire_carries_or_is_refused(text):
    try:
        tree = parse(text, WATCH_NAMES)
    except ExpressionError as error:
        assert 0 <= error.column <= len(error.text)
    else:
        assert wire.unpack(wire.pack({"args": {"where": tree}})) == {"args": {"where": tree}}
