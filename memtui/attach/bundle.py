"""The agent as text: the payload that starts it, and the bundle it asks for.

The agent's modules are read as files and never imported here: they are written for another process.
"""

from __future__ import annotations

import ast
import io
import re
import string
import tokenize
import zlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

#: Longest payload, in bytes; every method of getting in has room for as much.
PAYLOAD_LIMIT = 7680

#: The modules that make up the payload, in their order.
_STAGE0 = ("entry.untouched", "entry.boot")
_LOADER = "entry.loader"
#: Names of those that other modules use.
_KNOWN = {"_imp", "_importlib", "_list", "_names", "_own", "_type"}
_APART = {"__main__", "entry.listener", _LOADER, *_STAGE0}
#: Not by the names ``exec`` and ``BaseException``: the script may have defined its own.  Nor by a builtin
#: ``exec`` that the application has put in its place.  Without a GIL the code is there already, if an agent was: see
#: entry/kept.py.
_FRAME = """[e(c,s)or e(%r,s)for e in[(()for _ in()).gi_frame.f_builtins["exec"]]\\
 if().__class__.__class__(e)is().index.__class__ for t in[().__class__.__class__]for x in[r\'\'\'%s\'\'\']\\
 for s in[{"__name__":"memtui.agent.entry.boot","text":x,"memtui_named":().__class__}]\\
 for c in[([k.kept[x]["entry.boot"]for k in t.__subclasses__(t)\\
 if t.__dict__["__name__"].__get__(k)=="memtui_agent"and x in k.kept]+[x])[0]]][0]
"""


def payload(path: str, token: str) -> str:
    """Source to run in the target's ``__main__``: it binds no name, raises nothing, returns at once.

    ``path`` is the socket as the target sees it, ``token`` what the agent shows there.  ASCII, without
    NUL, at most :data:`PAYLOAD_LIMIT` bytes.
    """
    return f"try:\n {framed_payload(path, token)}except:\n pass\n"


def framed_payload(path: str, token: str) -> str:
    """The same, but it raises what keeps the agent from being started."""
    text = _FRAME % (_call(path, token), _stage0())
    if len(text) > PAYLOAD_LIMIT:
        raise ValueError(f"the payload has {len(text)} bytes, more than {PAYLOAD_LIMIT}")
    return text


def bare_payload(path: str, token: str) -> str:
    """The same for a namespace of its own, without a frame."""
    return f"{_stage0()}\n{_call(path, token)}\n"


def _call(path: str, token: str) -> str:
    return f"apart(enter,{path!a},{token!a})"


@cache
def bundle() -> bytes:
    """All other modules of the agent: UTF-8 text, ``loader NUL name NUL source NUL name NUL source …``.

    A room's ``__init__`` has nothing to run and stays here.
    """
    parts = [_read(_LOADER)]
    for name, text in _modules():
        parts += name, text
    return "\0".join(parts).encode()


@cache
def _stage0() -> str:
    """One text without docstrings, comments, needless spaces, and the import of one part by the other."""
    tree = ast.parse("".join(map(_read, _STAGE0)))
    # A docstring of a module is a text by itself in the middle here.
    tree.body = [each for each in tree.body if not isinstance(each, ast.ImportFrom | ast.Expr)]
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node):
            del node.body[0]
    outside = (
        [each] if isinstance(each, ast.FunctionDef) else ast.walk(each) for each in tree.body
    )
    named = [name for nodes in outside for node in nodes for name in _bound(node)]
    private = [name for name in named if name[0] == "_" and name not in _KNOWN]
    _rename(tree, list(dict.fromkeys(private)), string.ascii_uppercase)
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef):
            # No name of a parameter is used in a call.
            inside = dict.fromkeys(each for node in _below(statement) for each in _bound(node))
            _rename(statement, list(inside), string.ascii_lowercase)
    return f"stamp='{zlib.crc32(bundle()):08x}'\n{_compact(ast.unparse(tree))}"


def _bound(node: ast.AST) -> Iterator[str]:
    """The names that a node binds."""
    if isinstance(node, ast.FunctionDef):
        yield node.name
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id


def _below(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """What is in a function, but for functions that are known by their name."""
    return (node for node in list(ast.walk(function))[1:] if not isinstance(node, ast.FunctionDef))


def _rename(tree: ast.AST, names: list[str], letters: str) -> None:
    short = dict(zip(names, letters, strict=False))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.name = short.get(node.name, node.name)
        elif isinstance(node, ast.arg):
            node.arg = short.get(node.arg, node.arg)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            node.name = short.get(node.name, node.name)
        elif isinstance(node, ast.Name):
            node.id = short.get(node.id, node.id)


def _compact(source: str) -> str:
    """The same tokens with no space that they can do without."""
    text, level, before = "", 0, "\n"
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.INDENT:
            level += 1
        elif token.type == tokenize.DEDENT:
            level -= 1
        elif token.type == tokenize.NEWLINE:
            text, before = text + "\n", "\n"
        elif token.string.strip():
            if before == "\n":
                text += " " * level
            elif re.match(r"[\w'\"]{2}", before[-1] + token.string[0]):
                text += " "
            text, before = text + token.string, token.string
    return text.rstrip("\n")


def _modules() -> list[tuple[str, str]]:
    """(name, source) of each module; ``ROOM.MODULE`` for one in a room."""
    folder = files("memtui.agent")
    names = list(_names_in(folder))
    for room in folder.iterdir():
        if (room / "__init__.py").is_file():
            names += [f"{room.name}.{name}" for name in _names_in(room)]
    return [(name, _read(name)) for name in sorted(names) if name not in _APART]


def _names_in(folder: Traversable) -> Iterator[str]:
    for entry in folder.iterdir():
        name, _, ending = entry.name.rpartition(".")
        if ending == "py" and name != "__init__":
            yield name


def _read(name: str) -> str:
    path = name.replace(".", "/") + ".py"
    return (files("memtui.agent") / path).read_text(encoding="utf-8")
