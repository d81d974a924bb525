"""An interpreter in a file whose name does not show it: a renamed Python, or a program that contains one."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from memtui.attach.elf import Image, NotElf
from memtui.attach.maps import read_maps
from memtui.attach.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memtui.attach.maps import Mapping

#: Exported functions, each with the version that it came with.
_CAME_WITH = (
    ("PyModule_AddObjectRef", (3, 10)),
    ("PyModule_AddType", (3, 9)),
    ("PyVectorcall_Call", (3, 8)),
)
#: Whether an executable contains an interpreter, by what tells it from others of the same name.
_known: dict[tuple[int, int, int, int], bool] = {}


def in_executable(proc: str, mappings: Sequence[Mapping]) -> tuple[Mapping, ...]:
    """The mappings of the process's executable if an interpreter is linked into it, else nothing."""
    with contextlib.suppress(OSError, NotElf):
        path = os.readlink(f"{proc}/exe")
        own = tuple(mapping for mapping in mappings if mapping.path == path)
        with Memory(proc) as memory:
            if own and Image(memory, own).find("_PyRuntime"):
                return own
    return ()


def is_in_executable(proc: str) -> bool:
    """The same as a quick answer: each executable is examined once."""
    try:
        found = os.stat(f"{proc}/exe")
        key = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
        if key not in _known:
            os.close(os.open(f"{proc}/mem", os.O_RDONLY | os.O_CLOEXEC))
            _known[key] = bool(in_executable(proc, read_maps(proc)))
        return _known[key]
    except OSError:
        return False


def version_of(memory: Memory, image: Image) -> tuple[int, int]:
    """The version that an interpreter tells (3.11 and later), or that it must have by what it exports."""
    found = image.find("Py_Version")
    if found is not None:
        number = memory.word(found.address)
        return number >> 24 & 0xFF, number >> 16 & 0xFF
    return next((version for name, version in _CAME_WITH if image.find(name)), (3, 7))


def version_in(proc: str, interpreter: Sequence[Mapping]) -> str | None:
    """The version of the interpreter in these mappings as ``X.Y``; None if its memory cannot be read."""
    with contextlib.suppress(OSError, NotElf), Memory(proc) as memory:
        return "{}.{}".format(*version_of(memory, Image(memory, interpreter)))
    return None
