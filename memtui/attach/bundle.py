"""The agent as text: the payload that starts it, and the bundle it asks for.

The agent's modules are read as files and never imported here: they are written for another process.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
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
_APART = {"__main__", "entry.listener", _LOADER, *_STAGE0}
#: Not by the names ``exec`` and ``BaseException``: the script may have defined its own.  Nor by a builtin
#: ``exec`` that the application has put in its place.
_FRAME = """try:
 [e(r\'\'\'%s\'\'\',{"__name__":"memtui.agent.entry.boot"})for e in[(()for _ in()).gi_frame.f_builtins["exec"]]\\
  if().__class__.__class__(e)is().index.__class__]
except:
 pass
"""


def payload(path: str, token: str) -> str:
    """Source to run in the target's ``__main__``: it binds no name, raises nothing, returns at once.

    ``path`` is the socket as the target sees it, ``token`` what the agent shows there.  ASCII, without
    NUL, at most :data:`PAYLOAD_LIMIT` bytes.
    """
    text = _FRAME % bare_payload(path, token)
    if len(text) > PAYLOAD_LIMIT:
        raise ValueError(f"the payload has {len(text)} bytes, more than {PAYLOAD_LIMIT}")
    return text


def bare_payload(path: str, token: str) -> str:
    """The same for a namespace of its own; it raises what keeps the agent from being started."""
    return f"{_stage0()}\napart(enter,{path!a},{token!a})\n"


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
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            del node.body[0]
    return _compact(ast.unparse(tree))


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
