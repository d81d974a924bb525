"""Which cells are run: kinds, interpreters and methods, all of them or those that the options name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import interpreters
from tests.torture import setup
from tests.torture.kinds import BY_NAME, KINDS
from tests.torture.runner import failed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.support.interpreters import Interpreter
    from tests.torture.kinds import Kind
    from tests.torture.report import Result
    from tests.torture.setup import Setup

#: If one of them is not installed, the nearest one is used.
QUICK_INTERPRETERS = ("3.11", "3.14")
QUICK_ATTACHES, FULL_ATTACHES = 2, 20


@dataclass(frozen=True)
class Plan:
    """One cell to run.  ``beats``: a target with a heartbeat, one without, or both."""

    kind: Kind
    setup: Setup
    method: str
    attaches: int
    beats: tuple[bool, ...] = (True, False)

    @property
    def seconds(self) -> float:
        """The hard limit of the cell: start-up, every attach at its worst, and a margin."""
        kind = self.kind
        each = kind.timeout + kind.talk + kind.settle if kind.slow else 12.0
        return (240 if kind.slow else 90) + min(self.attaches, kind.most) * each

    def empty(self) -> Result:
        return {
            "kind": self.kind.name,
            "interpreter": self.setup.name,
            "version": self.setup.version,
            "method": self.method,
        }


@dataclass(frozen=True)
class Wish:
    """One cell before it is known whether it can be run here."""

    kind: Kind
    interpreter: Interpreter
    method: str
    attaches: int
    beats: tuple[bool, ...] = (True, False)

    def __str__(self) -> str:
        words = (self.interpreter.name, self.method, self.kind.name)
        return " ".join(word for word in words if word)

    @property
    def key(self) -> tuple[str, str, str]:
        return self.interpreter.name, self.method, self.kind.name

    def plan(self, *, install: bool) -> tuple[Plan, str]:
        """The cell with everything it needs, and why it cannot be run ("" if it can)."""
        made = prepared(self.interpreter, install=install)
        built = getattr(made, self.kind.built) if self.kind.built else ""
        why_not = self.kind.lacks(self.interpreter, frozenset(made.importable), built)
        return Plan(self.kind, made, self.method, self.attaches, self.beats), why_not


@cache
def prepared(interpreter: Interpreter, *, install: bool) -> Setup:
    return setup.prepare(interpreter, install=install)


def wishes(config: pytest.Config) -> list[Wish]:
    """Every cell in order: by interpreter, then method, then kind; in a quick run slow ones first."""
    full = option(config, "--full")
    kinds = [_kind(name) for name in _words(config, "--kinds")] or list(KINDS)
    attaches = option(config, "--attaches") or (FULL_ATTACHES if full else QUICK_ATTACHES)
    found = []
    for row, interpreter in enumerate(_chosen(config, full=full)):
        for method in _methods(config, interpreter, full=full):
            for column, kind in enumerate(kinds):
                if full:
                    found.append(Wish(kind, interpreter, method, attaches))
                else:
                    # Each kind has its heartbeat under one of the two interpreters.
                    beats = ((row + column) % 2 == 0,)
                    count = 1 if kind.slow else attaches
                    found.append(Wish(kind, interpreter, method, count, beats))
    if not full:
        found.sort(key=lambda wish: not wish.kind.slow)  # the others fill the gaps
    return found


def option(config: pytest.Config, name: str) -> Any:
    """An option of the torture; None if pytest did not load the options of this folder."""
    return config.getoption(name, default=None)


_EARLIER = pytest.StashKey[dict[tuple[str, str, str], "Result"]]()


def earlier(config: pytest.Config) -> dict[tuple[str, str, str], Result]:
    """With ``--resume`` the cells of earlier runs that did not fail; the last of each counts."""
    if _EARLIER not in config.stash:
        file = option(config, "--cells")
        lines = (
            file.read_text().splitlines()
            if option(config, "--resume") and file and file.exists()
            else []
        )
        found = {
            (cell["interpreter"], cell["method"], cell["kind"]): cell
            for cell in map(json.loads, lines)
        }
        config.stash[_EARLIER] = {key: cell for key, cell in found.items() if not failed(cell)}
    return config.stash[_EARLIER]


def _words(config: pytest.Config, name: str) -> list[str]:
    return option(config, name).split(",") if option(config, name) else []


def _kind(name: str) -> Kind:
    if name not in BY_NAME:
        raise pytest.UsageError(f"no such kind: {name}; there are {', '.join(BY_NAME)}")
    return BY_NAME[name]


def _chosen(config: pytest.Config, *, full: bool) -> list[Interpreter]:
    musl = setup.musl()
    here = {found.name: found for found in (*interpreters.supported(), *([musl] if musl else []))}
    names = list(here)
    if not full:
        names = list(dict.fromkeys(_nearest(name, here.values()) for name in QUICK_INTERPRETERS))
    names = _words(config, "--interpreters") or names
    absent = [name for name in names if name not in here]
    if absent:
        raise pytest.UsageError(
            f"no such interpreter: {', '.join(absent)}; there are {', '.join(here)}"
        )
    return [here[name] for name in names]


def _nearest(name: str, here: Iterable[Interpreter]) -> str:
    """The interpreter of version ``name``, or the one whose version comes nearest."""
    wanted = int(name.partition(".")[2])
    usual = [each for each in here if not each.free_threaded and each.name != "musl"]
    return min(usual, key=lambda each: abs(each.version[1] - wanted)).name


def _methods(config: pytest.Config, interpreter: Interpreter, *, full: bool) -> list[str]:
    named = _words(config, "--methods")
    if named:
        return ["" if name == "auto" else name for name in named]
    return ["", "ptrace"] if interpreter.version >= (3, 14) and full else [""]
