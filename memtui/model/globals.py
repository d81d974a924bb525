"""Modules of the target, and their globals."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from memtui.model.cost import Cost

if TYPE_CHECKING:
    from collections.abc import Mapping

    from memtui.model.instances import Node


@dataclass(frozen=True, slots=True)
class Module:
    """One entry of ``sys.modules``.

    ``type`` is None for a plain module, else the type of what stands there.  ``globals`` counts the
    names in it; None where it is no module, which is left alone.  ``longest`` names the longest
    container among its globals, which has ``length`` items; None where there is none.
    """

    name: str
    type: str | None = None
    globals: int | None = None
    longest: str | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Global:
    """One global.

    ``edge`` tells where in it the longest container lies that it holds itself, of ``length`` items:
    a class attribute, an attribute or a default of a function, an attribute of an instance.
    Both are None where it is a container itself, and where it holds none.
    """

    name: str
    value: Node
    edge: str | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Globals:
    """Globals of ``module``, an object of ``size`` bytes at ``address``.

    ``total`` counts all; ``globals`` are those from ``offset`` on.
    """

    module: str
    address: int
    size: int
    total: int
    offset: int
    globals: tuple[Global, ...]
    cost: Cost = field(default_factory=Cost)


@dataclass(frozen=True, slots=True, eq=False)
class Lengths:
    """How many items containers had ``at`` a moment (seconds since the epoch), by address.

    None is what has no length, and what the session does not hold any more.
    """

    at: float
    lengths: Mapping[int, int | None]
