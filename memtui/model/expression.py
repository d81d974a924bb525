"""The expression language of ``--expr``, ``--condition`` and ``--where``: text in, a tree out.

It is a small part of Python's grammar, so there is nothing new to learn: names, ``.attribute``,
``[index]``, ``len(x)``, ``type(x)``, literals, comparisons, ``and``, ``or``, ``not`` and parentheses.
The viewer parses the text and sends nested lists.  The agent walks those lists; it has no parser, no
``eval`` and nothing else that could turn text into code.

The tree is made of lists, as ``agent/expression.py`` reads them; the first item is the kind of node::

    ["name", "args"]                  ["value", 3]  (None, bool, int of 64 bits, str or bytes)
    ["attr", TREE, "user"]            ["float", "1.5"]   ["int", "18446744073709551616"]
    ["item", TREE, TREE of a literal] ["tuple", TREE, …]
    ["len", TREE]  ["type", TREE]     ["not", TREE]  ["and", TREE, …]  ["or", TREE, …]
    ["compare", TREE, "<=", TREE, "not in", TREE, …]
"""

from __future__ import annotations

import ast
import re
import warnings
from typing import TypeAlias

from memtui.model.errors import UsageError

Tree: TypeAlias = "list[str | int | bool | bytes | Tree | None]"

#: The names that an expression of ``memtui watch`` can use.
WATCH_NAMES = ("args", "kwargs", "target", "return_obj", "error", "cost_ms")
#: The names that an expression of ``memtui instances`` can use; ``obj`` means the same as ``target``.
INSTANCE_NAMES = ("target", "obj")

#: Longest expression, in characters, and how deep it may nest: the agent unpacks 32 levels in all.
LENGTH_LIMIT = 2000
DEPTH_LIMIT = 24

_INT64 = 1 << 63
_FUNCTIONS = ("len", "type")
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
}
_GRAMMAR = "names, .attribute, [index], len(x), type(x), literals, comparisons, and, or, not"
_ADVICE: tuple[tuple[type[ast.AST], str], ...] = (
    (ast.BinOp, "arithmetic is not supported, compare the values themselves"),
    (ast.NamedExpr, "assignment is not supported, use == to compare"),
    (ast.IfExp, "if is not supported, use and/or"),
    (ast.Lambda, "lambda is not supported"),
    (ast.JoinedStr, "f-strings are not supported, use a plain string"),
    (ast.Dict, "dicts are not supported"),
    (ast.Set, "sets are not supported, use a tuple: (1, 2, 3)"),
    (ast.Slice, "slices are not supported, use one index"),
    (ast.Starred, "* is not supported"),
    (ast.Await, "await is not supported"),
)


class ExpressionError(UsageError):
    """An expression that the language does not accept; the fault is at ``column`` (from 0)."""

    hint = f"an expression can use {_GRAMMAR}"

    def __init__(self, text: str, column: int, why: str, what: str = "expression") -> None:
        super().__init__(what, f"column {column + 1}: {why}")
        self.text = text
        self.column = column
        self.reason = why
        self.pointer = f"  {text}\n  {' ' * column}^"


def parse(text: str, names: tuple[str, ...], *, what: str = "expression") -> Tree:
    """``text`` as a tree for the agent; raises :class:`ExpressionError` with the column at fault.

    ``what`` names the text in the error, ``--condition`` for example.
    """
    try:
        return _parsed(text, names)
    except ExpressionError as error:
        raise ExpressionError(error.text, error.column, error.reason, what) from None


def _parsed(text: str, names: tuple[str, ...]) -> Tree:
    if not text.strip():
        raise ExpressionError(text, 0, "it is empty")
    if len(text) > LENGTH_LIMIT:
        raise ExpressionError(
            text[:60] + "…", 0, f"it has {len(text)} characters, the limit is {LENGTH_LIMIT}"
        )
    for column, character in enumerate(text):
        if not character.isprintable():
            shown = "".join(c if c.isprintable() else "?" for c in text)
            code = f"U+{ord(character):04X}"
            raise ExpressionError(shown, column, f"character {code} is not allowed here")
    return _Parser(text, names).tree()


def steps(text: str, *, what: str) -> Tree:
    """The steps of a path such as ``Bus.listeners['price'][0]``, from its first name on.

    Each is ``["attr", name]`` or ``["item", TREE of a literal]``.
    """
    if not re.search(r"[\[\]]", text):
        return [["attr", name] for name in text.split(".")]
    root = re.split(r"[.\[]", text.strip(), maxsplit=1)[0].strip()
    tree = parse(text, (root,), what=what)
    found: Tree = []
    while tree[0] in {"attr", "item"} and isinstance(tree[1], list):
        found.insert(0, [tree[0], tree[2]])
        tree = tree[1]
    if tree[0] != "name":
        raise ExpressionError(
            text, 0, "a name is needed, with .attribute and [index] after it", what
        )
    return [["attr", root], *found]


class _Parser:
    """Converts Python's syntax tree of one text, and refuses what the language does not support."""

    def __init__(self, text: str, names: tuple[str, ...]) -> None:
        self._text = text
        self._names = names
        body = text.lstrip()
        self._indent = len(text) - len(body)
        self._encoded = body.encode()

    def tree(self) -> Tree:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                parsed = ast.parse(self._encoded.decode(), mode="eval")
        except SyntaxError as error:
            raise self._syntax(error) from None
        except (RecursionError, MemoryError):
            raise ExpressionError(self._text, 0, "it nests too deeply") from None
        return self._convert(parsed.body, DEPTH_LIMIT)

    def _syntax(self, error: SyntaxError) -> ExpressionError:
        # For something that is missing at the end Python reports offset 0; else offsets count from 1.
        text = self._text.rstrip()
        column = min(error.offset - 1 + self._indent, len(text)) if error.offset else len(text)
        message = (error.msg or "invalid syntax").partition(" (detected")[0]
        if text[column : column + 1] == "=":
            message = "assignment is not supported, use == to compare"
        elif column == len(text) and message == "invalid syntax":
            message = "it ends too early"
        return ExpressionError(self._text, column, message[:1].lower() + message[1:])

    def _error(self, node: ast.AST, why: str) -> ExpressionError:
        offset: int = getattr(node, "col_offset", 0)  # in bytes of UTF-8
        column = len(self._encoded[:offset].decode(errors="replace"))
        return ExpressionError(self._text, column + self._indent, why)

    def _convert(self, node: ast.expr, depth: int) -> Tree:
        if depth == 0:
            raise self._error(node, f"it nests deeper than {DEPTH_LIMIT} levels")
        match node:
            case ast.Name(id=name):
                tree = self._name(node, name)
            case ast.Constant() | ast.UnaryOp(op=ast.USub() | ast.UAdd()) | ast.Tuple():
                tree = self._literal(node, depth)
            case ast.Attribute(value=value, attr=attr):
                tree = ["attr", self._convert(value, depth - 1), attr]
            case ast.Subscript(value=value, slice=key):
                tree = ["item", self._convert(value, depth - 1), self._literal(key, depth - 1)]
            case ast.Call():
                tree = self._call(node, depth)
            case ast.Compare():
                tree = self._compare(node, depth)
            case ast.BoolOp(op=op, values=values):
                word = "and" if isinstance(op, ast.And) else "or"
                tree = [word, *(self._convert(value, depth - 1) for value in values)]
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                tree = ["not", self._convert(operand, depth - 1)]
            case _:
                raise self._refusal(node)
        return tree

    def _refusal(self, node: ast.expr) -> ExpressionError:
        for kind, why in _ADVICE:
            if isinstance(node, kind):
                return self._error(node, why)
        return self._error(node, "this is not supported")

    def _name(self, node: ast.Name, name: str) -> Tree:
        if name in self._names:
            return ["name", name]
        if name in _FUNCTIONS:
            raise self._error(node, f"{name} needs a value in parentheses: {name}(x)")
        raise self._error(node, f"unknown name {name!r}, try {', '.join(self._names)}")

    def _call(self, node: ast.Call, depth: int) -> Tree:
        if not isinstance(node.func, ast.Name) or node.func.id not in _FUNCTIONS:
            raise self._error(node, "only len(x) and type(x) can be called")
        if len(node.args) != 1 or node.keywords:
            raise self._error(node, f"{node.func.id}() takes one value")
        return [node.func.id, self._convert(node.args[0], depth - 1)]

    def _compare(self, node: ast.Compare, depth: int) -> Tree:
        tree: Tree = ["compare", self._convert(node.left, depth - 1)]
        for op, right in zip(node.ops, node.comparators, strict=True):
            word = _COMPARISONS[type(op)]
            # [404, 500] reads naturally after "in"; elsewhere a list does not compare like a tuple.
            listed = isinstance(op, ast.In | ast.NotIn) and isinstance(right, ast.List)
            tree += [
                word,
                self._literal(right, depth - 1) if listed else self._convert(right, depth - 1),
            ]
        return tree

    def _literal(self, node: ast.expr, depth: int) -> Tree:
        """A constant, a signed number, or a tuple of those; nothing here depends on the target."""
        if depth == 0:
            raise self._error(node, f"it nests deeper than {DEPTH_LIMIT} levels")
        match node:
            case ast.Constant(value=value):
                return self._constant(node, value)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
                return self._constant(node, -number)
            case ast.UnaryOp(op=ast.UAdd(), operand=ast.Constant(value=int() | float() as number)):
                return self._constant(node, number)
            case ast.Tuple(elts=items) | ast.List(elts=items):
                return ["tuple", *(self._literal(item, depth - 1) for item in items)]
            case ast.UnaryOp():
                raise self._error(node, "a sign goes before a number")
            case ast.Slice():
                raise self._refusal(node)
        raise self._error(node, "a literal is needed here: a number, a string, True, False or None")

    def _constant(self, node: ast.expr, value: object) -> Tree:
        if isinstance(value, bool) or value is None or isinstance(value, str | bytes):
            return ["value", value]
        if isinstance(value, int):
            return ["value", value] if -_INT64 <= value < _INT64 else ["int", str(value)]
        if isinstance(value, float):
            return ["float", repr(value)]
        raise self._error(node, f"a literal of type {type(value).__name__} is not supported")
