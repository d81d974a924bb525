"""Our widgets share a namespace with Textual's: a name used by both breaks one of them silently."""

from __future__ import annotations

import ast
import inspect
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
from textual.app import App
from textual.dom import DOMNode
from textual.message import Message

import memtui.ui
from memtui.ui.look import SHEETS

MODULES = [name for _, name, _ in walk_packages(memtui.ui.__path__, "memtui.ui.")]


def classes():
    for name in MODULES:
        for kind in vars(import_module(name)).values():
            if (
                inspect.isclass(kind)
                and kind.__module__ == name
                and issubclass(kind, DOMNode | App)
            ):
                yield kind


def private_names(kind) -> set[str]:
    """Attributes with one underscore that the class assigns to itself."""
    tree = ast.parse(inspect.getsource(kind))
    assigned = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }
    methods = {
        n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    return {
        name for name in assigned | methods if name.startswith("_") and not name.startswith("__")
    }


@cache
def textuals_names() -> set[str]:
    """The names of the classes of Textual that ours are made of."""
    bases = {base for kind in classes() for base in kind.__mro__}
    textuals = {base for base in bases if base.__module__.startswith("textual.")}
    return set().union(*(set(vars(base)) | private_names(base) for base in textuals))


@pytest.mark.parametrize("kind", list(classes()), ids=lambda kind: kind.__name__)
def test_no_private_name_is_used_by_textual_too(kind):
    assert not private_names(kind) & textuals_names()


def test_every_sheet_is_found():
    there = {str(path) for path in Path(memtui.ui.__file__).parent.rglob("*.tcss")}
    assert there == set(SHEETS)


def test_messages_are_told_in_the_past_tense():
    for kind in classes():
        for name, inner in vars(kind).items():
            if inspect.isclass(inner) and issubclass(inner, Message):
                past = name.endswith(("ed", "en", "Left")) or name == "PeakReset"
                assert past, f"{kind.__name__}.{name}"
