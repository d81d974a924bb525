"""The agent as text: what travels is the source, but for what no interpreter needs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import memtui
from memtui.attach.bundle import bare_payload, bundle, framed_payload, payload

AGENT = Path(memtui.__file__).parent / "agent"
CALL = ("/nowhere/s", "0" * 32)


def modules() -> dict[str, str]:
    loader, *parts = bundle().decode().split("\0")
    return {"entry.loader": loader, **dict(zip(parts[::2], parts[1::2], strict=True))}


def source_of(name: str) -> str:
    return (AGENT / (name.replace(".", "/") + ".py")).read_text(encoding="utf-8")


def shape(tree: ast.AST) -> list[tuple[str, int]]:
    return [(type(node).__name__, getattr(node, "lineno", 0)) for node in ast.walk(tree)]


def without_docstrings(tree: ast.AST) -> ast.AST:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            said = node.body.pop(0)
            if not node.body:
                node.body = [ast.Pass(lineno=said.lineno, col_offset=said.col_offset)]
    return tree


def test_a_module_travels_without_comments_and_docstrings_on_the_same_lines() -> None:
    for name, text in modules().items():
        sent = ast.parse(text.replace("\f", ""))
        source = without_docstrings(ast.parse(source_of(name)))
        assert ast.dump(sent) == ast.dump(source), name
        assert shape(sent) == shape(source), name
        assert not re.search(r"^ *#", text, re.MULTILINE), name


def test_each_piece_can_be_compiled_by_itself() -> None:
    for name, text in modules().items():
        for piece in text.split("\f"):
            assert isinstance(ast.parse(piece), ast.Module), name


def test_the_payload_binds_all_that_the_agent_takes_from_it() -> None:
    """Also where the application has imported ``boot`` from its file, to listen."""
    first, rest = bare_payload(*CALL).split("for c in r'''")
    sent = {name for piece in [first, *rest.split("'''")[0].split("\f")] for name in bound(piece)}
    used = {
        word
        for path in AGENT.rglob("*.py")
        for words in re.findall(r"\bboot\.(?!py\b)(\w+)|stage0\[\"(\w+)\"\]", path.read_text())
        for word in words
    }
    assert used - {"", "__dict__"} <= sent
    assert used - {"", "__dict__"} <= bound(source_of("entry.boot"))
    # What the application has put in the place of a builtin is not used.
    assert "__builtins__" in sent


def bound(source: str) -> set[str]:
    tree = ast.parse(source)
    found = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ImportFrom):
            found |= {each.asname or each.name for each in node.names}
    return found


def test_every_payload_is_one_text_of_plain_characters() -> None:
    for text in payload(*CALL), framed_payload(*CALL), bare_payload(*CALL):
        assert text.isascii()
        assert "\0" not in text
        ast.parse(text)
