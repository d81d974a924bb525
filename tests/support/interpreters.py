"""Finds the Python interpreters of this machine to use as targets.

One per minor version from 3.8 to 3.15, Debian's own ``/usr/bin/python3`` (stripped, with its extension
modules built in) and a free-threaded build; and, in a list of their own, some that are too old, for the refusals.
The search covers ``$MEMTUI_PYTHONS`` (or ``~/.cache/memtui-pythons``), pyenv's versions, ``/usr/bin`` and PATH.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SUPPORTED = tuple((3, minor) for minor in range(8, 16))
TOO_OLD = ((2, 7), (3, 6), (3, 7))
_DISTRIBUTION = Path("/usr/bin/python3")
# Long, because all processes that collect the tests must find the same ones on the busiest machine.
_ANSWERS_WITHIN_S = 300
_PROBE = (
    "import sys; print('%d.%d.%d %s' % (sys.version_info[:3] + (getattr(sys, 'abiflags', ''),)))"
)


@dataclass(frozen=True)
class Interpreter:
    """One interpreter.  ``name`` is how test ids call it: ``3.11``, ``3.13t``, ``debian``, ``3.7``."""

    name: str
    path: str
    version: tuple[int, int, int]
    free_threaded: bool = False

    def __str__(self) -> str:
        return self.name


@cache
def supported() -> tuple[Interpreter, ...]:
    """The installed ones of 3.8 to 3.15, by version, then the distribution's and the free-threaded one."""
    return tuple(found for found in _found().values() if found.version[:2] in SUPPORTED)


@cache
def too_old() -> tuple[Interpreter, ...]:
    """The installed ones of 2.7, 3.6 and 3.7."""
    return tuple(found for found in _found().values() if found.version[:2] in TOO_OLD)


@cache
def missing() -> tuple[str, ...]:
    """Names of the supported minor versions that are not on this machine."""
    return tuple(
        f"{major}.{minor}" for major, minor in SUPPORTED if f"{major}.{minor}" not in _found()
    )


@cache
def _found() -> dict[str, Interpreter]:
    by_name: dict[str, Interpreter] = {}
    seen: set[Path] = set()
    for path in _candidates():
        real = path.resolve()
        if real in seen:
            continue
        seen.add(real)
        interpreter = _probe(path)
        if interpreter is not None:
            by_name.setdefault(interpreter.name, interpreter)
    order = sorted(by_name, key=lambda name: (by_name[name].version[:2], name))
    ordered = {name: by_name[name] for name in order}
    distribution = _probe(_DISTRIBUTION, name="debian") if _DISTRIBUTION.exists() else None
    if distribution is not None and distribution.path not in {i.path for i in ordered.values()}:
        ordered[distribution.name] = distribution
    return ordered


def _candidates() -> Iterator[Path]:
    cache_home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    private = Path(os.environ.get("MEMTUI_PYTHONS") or cache_home / "memtui-pythons")
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    for pattern in ("*/usr/bin/python3.[0-9]*", "*/bin/python3.[0-9]*"):
        yield from _executables(private, pattern)
    for pattern in ("*/bin/python3.[0-9]*", "*/bin/python2.7"):
        yield from _executables(pyenv, pattern)
    for place in ("/usr/bin", "/usr/local/bin", *os.environ.get("PATH", "").split(os.pathsep)):
        if place and "shims" not in place:
            yield from _executables(Path(place), "python3.[0-9]*")


def _executables(place: Path, pattern: str) -> list[Path]:
    return [
        path
        for path in sorted(place.glob(pattern))
        if not path.name.endswith("-config") and os.access(path, os.X_OK) and not path.is_dir()
    ]


def _probe(path: Path, name: str | None = None) -> Interpreter | None:
    try:
        answer = subprocess.run(
            [str(path), "-E", "-S", "-c", _PROBE],
            capture_output=True,
            text=True,
            timeout=_ANSWERS_WITHIN_S,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    version, _, flags = answer.strip().partition(" ")
    major, minor, micro = (int(part) for part in version.split("."))
    free_threaded = "t" in flags
    default = f"{major}.{minor}{'t' if free_threaded else ''}"
    return Interpreter(name or default, str(path), (major, minor, micro), free_threaded)
