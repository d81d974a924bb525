"""Which interpreters a test runs on: three circles, by what the test is about.

``viewer``     the viewer, or what no interpreter does differently: memtui's own interpreter, as the target too
``python``     the Python that the agent is written in, what it reads and sends: the oldest, 3.11, the newest
``internals``  what CPython does inside: getting in, frames, collector, fork, monitoring: every installed one

A test that takes the fixture ``interpreter`` is in the circle of its folder (``OF_FOLDER``), unless its file
(``pytestmark``) or the test itself says ``pytest.mark.circle("python")``.  Names after the circle's are
additional interpreters for the test: ``pytest.mark.circle("python", "debian")``.
``--all-interpreters`` runs every test with this fixture on every interpreter.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.support import interpreters
from tests.support.interpreters import Interpreter

if TYPE_CHECKING:
    from collections.abc import Callable

#: The circle of each folder below tests/; any other folder has ``viewer``.
OF_FOLDER = {"agent": "python", "attach": "internals"}
OWN = Interpreter("{}.{}".format(*sys.version_info), sys.executable, sys.version_info[:3])


def _viewer() -> list[Interpreter]:
    return [OWN]


def _python() -> list[Interpreter]:
    usual = sorted(
        (each for each in interpreters.supported() if each.name[-1].isdigit()),
        key=lambda each: each.version,
    )
    wanted = [*usual[:1], *(each for each in usual if each.name == "3.11"), *usual[-1:]]
    return list(dict.fromkeys(wanted)) or [OWN]


def _internals() -> list[Interpreter]:
    return list(interpreters.supported()) or [OWN]


_OF: dict[str, Callable[[], list[Interpreter]]] = {
    "viewer": _viewer,
    "python": _python,
    "internals": _internals,
}


def parametrize(metafunc: pytest.Metafunc, *, everywhere: bool) -> None:
    """Give a test that takes ``interpreter`` those of its circle, or with ``everywhere`` all of them."""
    if "interpreter" not in metafunc.fixturenames:
        return
    mark = metafunc.definition.get_closest_marker("circle")
    folder = metafunc.definition.path.parent.name
    circle, *more = mark.args if mark else [OF_FOLDER.get(folder, "viewer")]
    absent: tuple[str, ...] = ()
    of_circle = _OF[circle]()
    if everywhere or circle == "internals":
        of_circle, absent = _internals(), interpreters.missing()
    of_circle += [
        each for each in interpreters.supported() if each.name in more and each not in of_circle
    ]
    reason = "no Python %s on this machine (see tests/support/interpreters.py for the places that are searched)"
    skipped = [
        pytest.param(None, id=name, marks=pytest.mark.skip(reason=reason % name)) for name in absent
    ]
    here = [pytest.param(found, id=found.name) for found in of_circle]
    # For fixtures of a module too.
    metafunc.parametrize("interpreter", here + skipped, scope="module")
