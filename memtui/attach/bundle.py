"""The agent as text: the payload that starts it, and the bundle it asks for.

The agent's modules are read as files and never imported here: they are written for another process.
"""

from __future__ import annotations

import ast
import re
import string
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
#: Compiling takes eighty times the room of the text meanwhile: it is done piece by piece.
_PIECE = 2000
_COMMENT = re.compile(r"#(?<!\S#)[ :].*")
_TEXT = re.compile(r'"""[^"]*(?:""?(?!")[^"]*)*"""')
_BELOW = re.compile(r"\s*\n( *)\S")
_SPACES = re.compile(
    r"""(?P<kept>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|(?<=[\w'"]) (?=[\w'"]))|\n+(?P<indent> *)| +"""
)
#: Names of those that other modules use.
_KNOWN = {"_imp", "_importlib", "_list", "_names", "_own", "_type"}
_APART = {"__main__", "entry.listener", _LOADER, *_STAGE0}
#: Not by the names ``exec`` and ``BaseException``: the script may have defined its own.  Nor by a builtin
#: ``exec`` that the application has put in its place.  Without a GIL the code is there already, if an agent was: see
#: entry/kept.py.
_FRAME = """[[e(c,s)for c in p]and e(%r,s)for e in[(()for _ in()).gi_frame.f_builtins["exec"]]\\
 if().__class__.__class__(e)is().index.__class__ for t in[().__class__.__class__]for x in[r\'\'\'%s\'\'\']\\
 for s in[{"__name__":"memtui.agent.entry.boot","text":x,"memtui_named":().__class__}]\\
 for p in[([k.kept[x]["entry.boot"]for k in t.__subclasses__(t)\\
 if t.__dict__["__name__"].__get__(k)=="memtui_agent"and x in k.kept]+[x.split("\\f")])[0]]][0]
"""
#: The first piece finds the interpreter's own ``exec`` for the others.
_BARE = """%s
for c in r'''%s'''.split("\\f"):__builtins__["exec"](c)
%s
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
    first, _, others = _stage0().partition("\f")
    return _BARE % (first, others, _call(path, token))


def _call(path: str, token: str) -> str:
    return f"apart(enter,{path!a},{token!a})"


@cache
def bundle() -> bytes:
    """All other modules of the agent: UTF-8 text, ``loader NUL name NUL source NUL name NUL source …``.

    A source is cut by form feeds, see ``entry/loader.py``.  A room's ``__init__`` has nothing to run and stays here.
    """
    parts = [_read(_LOADER)]
    for name, text in _modules():
        parts += name, text
    parts[::2] = ["\f".join(_pieces(text)) for text in parts[::2]]
    return "\0".join(parts).encode()


def _pieces(source: str) -> Iterator[str]:
    """A module without comments and docstrings, in pieces of some statements; each line keeps its number."""
    piece = ""
    # The formatter leaves two empty lines between functions, and nowhere else.
    *parts, last = source.split("\n\n\n")
    for part in parts:
        piece += part + "\n\n\n"
        if len(piece) > _PIECE:
            yield _spare(piece)
            piece = ""
    yield _spare(piece + last)


def _spare(source: str) -> str:
    """The same lines without comments and docstrings; much faster than with a parser, and a test compares."""
    return _TEXT.sub(_docstring_out, _COMMENT.sub("", source))


def _docstring_out(text: re.Match[str]) -> str:
    before = text.string[text.string.rfind("\n", 0, text.start()) + 1 : text.start()]
    if before.strip():
        return text[0]  # It is no docstring: something is done with it.
    below = _BELOW.match(text.string, text.end())
    alone = before and (below is None or len(below[1]) < len(before))
    return "pass" * bool(alone) + "\n" * text[0].count("\n")


@cache
def _stage0() -> str:
    """The payload without comments, needless spaces, long names, and the import of one part by the other.

    In pieces, as a module's text.  The first one is all of ``untouched.py``.
    """
    first, second = (ast.parse(_spare(_read(name))).body for name in _STAGE0)
    body = first + [each for each in second if not isinstance(each, ast.ImportFrom)]
    nodes = [list(ast.walk(each)) for each in body]
    outside = [each[:1] if isinstance(each[0], ast.FunctionDef) else each for each in nodes]
    named = [name for each in outside for node in each for name in _bound(node)]
    private = [name for name in named if re.match("_[^_]", name) and name not in _KNOWN]
    for each in nodes:
        inside: list[str] = []
        if isinstance(each[0], ast.FunctionDef):
            # No name of a parameter is used in a call.
            inside = [name for node in each[1:] for name in _bound(node, functions=False)]
        letters = [*zip(dict.fromkeys(private), string.ascii_uppercase, strict=False)]
        letters += zip(dict.fromkeys(inside), string.ascii_lowercase, strict=False)
        _rename(each, dict(letters))
    texts = [_compact(ast.unparse(each)) for each in body]
    pieces = [f"stamp='{zlib.crc32(bundle()):08x}'\n" + "\n".join(texts[: len(first)]), ""]
    for text in texts[len(first) :]:
        if len(pieces[-1]) > _PIECE:
            pieces.append("")
        pieces[-1] += text + "\n"
    return "\f".join(pieces)


def _bound(node: ast.AST, *, functions: bool = True) -> Iterator[str]:
    """The names that a node binds."""
    if isinstance(node, ast.FunctionDef) and functions:
        yield node.name
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id


def _rename(nodes: list[ast.AST], short: dict[str, str]) -> None:
    for node in nodes:
        if isinstance(node, ast.FunctionDef):
            node.name = short.get(node.name, node.name)
        elif isinstance(node, ast.arg):
            node.arg = short.get(node.arg, node.arg)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            node.name = short.get(node.name, node.name)
        elif isinstance(node, ast.Name):
            node.id = short.get(node.id, node.id)


def _compact(source: str) -> str:
    """What ``ast.unparse`` made, with no space that it can do without."""

    def shorter(found: re.Match[str]) -> str:
        if found["kept"]:
            return found["kept"]
        return "" if found["indent"] is None else "\n" + " " * (len(found["indent"]) // 4)

    return _SPACES.sub(shorter, source)


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
