"""Records from plain values, as a test writes them down."""

from __future__ import annotations

from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from memtui.model.allocations import Frame
from memtui.model.safe import FileName

Record = TypeVar("Record")


def make(kind: type[Record], *values: Any, **more: Any) -> Record:
    """A ``kind`` of these values; texts, columns and tuples become what its fields are."""
    hints = get_type_hints(kind)
    facts = dict(zip(hints, values, strict=False)) | more
    return kind(**{name: _fitting(hints[name], value) for name, value in facts.items()})


def frame(file: str, line: int) -> Frame:
    """A line of a file; a whole file has line 0."""
    return Frame(FileName(file), line)


def _fitting(hint: Any, value: Any) -> Any:
    inner = [each for each in get_args(hint) if each is not NoneType]
    if value is None:
        return None
    if NoneType in get_args(hint):
        return _fitting(inner[0], value)
    if get_origin(hint) is tuple:
        return tuple(_fitting(inner[0], each) for each in value)
    if not isinstance(hint, type) or isinstance(value, hint):
        return value
    return hint(value)
