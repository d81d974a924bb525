"""What all records of answers have in common: text is safe by its type, and nobody can change them."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
from typing import Any, get_args, get_type_hints

import pytest

from memtui import verbs
from memtui.model.safe import FileName, Text, TypeName
from memtui.verbs.asking import Preview, Said

SAFE = (Text, TypeName, FileName, Said, Preview)


def records() -> list[type[Any]]:
    """The dataclasses and named tuples of all verbs."""
    modules = [
        importlib.import_module(f"memtui.verbs.{found.name}")
        for found in pkgutil.iter_modules(verbs.__path__)
    ]
    return [
        each
        for module in modules
        for each in vars(module).values()
        if isinstance(each, type)
        and each.__module__ == module.__name__
        and (dataclasses.is_dataclass(each) or hasattr(each, "_fields"))
    ]


#: What the user typed comes from no target.
TYPED = {"Search"}
RECORDS = [each for each in records() if each.__name__ not in TYPED]


def types_in(hint: Any) -> set[Any]:
    """``hint`` and all that it is made of."""
    return {hint}.union(*(types_in(each) for each in get_args(hint)))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_no_field_is_a_bare_text_or_anything_at_all(record):
    for name, hint in get_type_hints(record).items():
        assert not {str, bytes, object, Any} & types_in(hint), f"{record.__name__}.{name}"


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_records_are_frozen(record):
    assert hasattr(record, "_fields") or record.__dataclass_params__.frozen


@pytest.mark.parametrize("kind", SAFE, ids=lambda kind: kind.__name__)
def test_a_text_is_exactly_one_of_these(kind):
    assert issubclass(kind, str)
    assert type(kind("x")) is kind


@pytest.mark.parametrize("kind", [Text, FileName, Said, Preview])
def test_making_a_text_makes_it_safe(kind):
    assert kind("a\x1b[2J\u202e") == r"a\x1b[2J\u202e"
    assert len(kind("x" * 10_000)) == kind.LIMIT
    assert kind(kind("\x07" * 1000)) == kind("\x07" * 1000)
