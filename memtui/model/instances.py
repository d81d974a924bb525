"""Instances of a type, and what they refer to."""

from __future__ import annotations

from dataclasses import dataclass, field

from memtui.model.cost import Cost


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One object as the agent saw it, without running a line of its code.

    ``size`` is the shallow size in bytes; ``length`` the number of items of an exact builtin
    container or string, else None; ``preview`` a short text, safe for a terminal; ``truncated``
    tells that the preview is cut; ``redacted`` that it was withheld.
    ``referents`` is how many children the object has (None: not asked), ``children`` those that
    were expanded, and ``hidden`` how many of them were left out after those.
    ``referrers`` counts tracked objects and frames that hold it (None: not asked).
    """

    type: str
    address: int
    size: int
    preview: str
    length: int | None = None
    truncated: bool = False
    redacted: bool = False
    expandable: bool = False
    referrers: int | None = None
    children: tuple[Edge, ...] = ()
    hidden: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """How a parent reaches a child: ``.name``, ``[0]``, ``['key']``, ``{key}`` or ``.?``."""

    edge: str
    node: Node


@dataclass(frozen=True, slots=True)
class Search:
    """Which instances are wanted, and what of them, as it was typed.

    Instances of ``type``, with ``subclasses`` of types derived from it as well, those for which
    the expression ``where`` holds ("": all); ``expr`` is what to show of each ("": nothing).
    """

    type: str
    where: str = ""
    expr: str = ""
    subclasses: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """Up to ``limit`` instances of ``type`` from ``offset`` on; ``total`` counts all there are.

    With an expression, ``values`` has one for each of ``instances``.  With a condition, ``total``
    counts those of the ``examined`` instances for which it holds; of ``undecided`` others that could
    not be told, for the reason in ``problem`` (the last one).
    """

    type: str
    total: int
    offset: int
    order: str
    instances: tuple[Node, ...]
    frozen: int = 0
    values: tuple[Node, ...] = ()
    examined: int = 0
    undecided: int = 0
    problem: str = ""
    cost: Cost = field(default_factory=Cost)


@dataclass(frozen=True, slots=True, eq=False)
class Expansion:
    """The children of one object, from ``offset`` on."""

    node: Node
    offset: int
    cost: Cost = field(default_factory=Cost)
