"""What limits a container: its own type, the object that it belongs to, or perhaps a number beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from memtui.verbs.node import Edge, Node

#: An attribute that may limit the containers beside it: ``maxsize``, ``_max_entries``, ``_Cache__maxsize``.
_LIMIT = re.compile(r"\.\w*?max_?(size|len|length|entries|items)\Z", re.IGNORECASE)
#: What a queue keeps its entries in.
_QUEUED = (".queue", "._queue")


class Limits(NamedTuple):
    """The most entries that a container can have, as far as its owner says so.

    ``beside`` is a number next to it that is called like a limit; only the program knows of what.
    ``cache`` is the address of the ``lru_cache`` with a bound that it belongs to: that one tells keys and
    results, the dict has other objects.
    """

    bound: int | None = None
    beside: int | None = None
    cache: int | None = None


NO_LIMITS = Limits()


def is_cache(owner: Node, edge: Edge) -> bool:
    """Whether ``edge`` leads from an ``lru_cache`` to the dict with its entries."""
    return (
        owner.type == "functools._lru_cache_wrapper"
        and edge.edge == ".?"
        and edge.node.type == "dict"
    )


def limits_of(owner: Node, edge: Edge) -> Limits:
    """What ``owner``, no container itself, says of the container that ``edge`` leads to."""
    if owner.length is not None or edge.node.length is None:
        return NO_LIMITS
    if is_cache(owner, edge):
        return Limits(owner.bound, cache=None if owner.bound is None else owner.address)
    if owner.bound is not None:
        return Limits(owner.bound) if edge.edge in _QUEUED else NO_LIMITS
    return Limits(beside=_called_like_a_limit(owner))


def _called_like_a_limit(owner: Node) -> int | None:
    for edge in owner.children:
        if _LIMIT.match(edge.edge) and edge.node.type == "int" and edge.node.preview.isdigit():
            return int(edge.node.preview) or None
    return None
