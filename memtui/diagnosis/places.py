"""Which modules a sample of containers reads, in which order, and how much of each."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from memtui.model.allocations import is_yours

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from memtui.verbs.modules import Module

#: The most modules whose globals a sample reads; it reads the first ``_DEEP`` to the full depth.
MODULES = 60
_DEEP = 12
#: So many globals of a library's module are read, those with the longest containers.
_OF_LIBRARY = 20
_OF_PROGRAM = 200
#: So many modules of libraries are read, besides those of growing types.
_LIBRARIES = 20
#: Where the standard library keeps objects of its callers: module, name in it, levels below.
KEEPERS = (
    ("logging", "Logger.manager", 1),
    ("logging", None, 0),
    ("weakref", None, 1),
    ("asyncio.tasks", None, 0),
    ("threading", None, 0),
    ("linecache", None, 0),
)
#: Levels below a global: ``BUS``, ``._listeners``, ``['price']``.
DEPTH = 2


class Place(NamedTuple):
    """A module, one name in it (None: all), how deep it is read, and how many of its globals."""

    module: str
    name: str | None
    depth: int
    limit: int


def planned(loaded: Sequence[Module], wanted: Collection[str]) -> tuple[list[Place], list[Place]]:
    """The :func:`worth` places: the program's own and the standard library's, and those of libraries.

    Of libraries some modules are read, and a few globals of each: first the same ones each time, for
    only what was read twice has grown.
    """
    installed = {
        each.name
        for each in loaded
        if each.file and not is_yours(each.file) and not is_standard(each.name)
    }
    places = worth(loaded, wanted)
    own = [Place(*place, _OF_PROGRAM) for place in places if place[0] not in installed]
    same = [Place(*place, _OF_LIBRARY) for place in worth(loaded, ()) if place[0] in installed]
    late = [Place(*p, _OF_PROGRAM) for p in places if p[0] in installed and p[0] in wanted]
    return own, [*same[:_LIBRARIES], *late]


def worth(loaded: Sequence[Module], wanted: Iterable[str]) -> list[tuple[str, str | None, int]]:
    """The modules to read: the module, a name in it (None for all), and the depth.

    The program's own modules come first, then the libraries with the longest containers.
    """
    by_name = {module.name: module for module in loaded if module.globals}
    ranked = sorted(
        (name for name in by_name if not is_standard(name)),
        key=lambda name: -(by_name[name].length or 0),
    )
    first = [name for name in ("__main__", *wanted) if name in by_name]
    own = list(dict.fromkeys([*first, *ranked[:MODULES]]))
    places = [(name, None, DEPTH if place < _DEEP else 1) for place, name in enumerate(own)]
    return [*places, *(place for place in KEEPERS if place[0] in by_name)]


def is_standard(module: str) -> bool:
    """Whether the module belongs to the standard library of the Python that runs the viewer."""
    top = module.partition(".")[0]
    return top in sys.stdlib_module_names or top in {"_distutils_hack", "_virtualenv"}
