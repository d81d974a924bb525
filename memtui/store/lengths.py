"""How containers grow: their lengths over the last minutes, by address."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memtui.verbs.lengths import Lengths

#: Growth is measured over this many seconds, or since a container was first seen.
WINDOW_S = 300.0


class LengthWatch:
    """The recent lengths of containers; one that is missing from a sample is forgotten."""

    def __init__(self, *, window_s: float = WINDOW_S) -> None:
        self._window_s = window_s
        self._seen: dict[int, deque[tuple[float, int]]] = {}

    def clear(self) -> None:
        """Forget all: addresses may belong to other objects now."""
        self._seen.clear()

    def add(self, lengths: Lengths) -> None:
        """Add the lengths of one moment; containers that are not in it are dropped."""
        seen: dict[int, deque[tuple[float, int]]] = {}
        for address, length in lengths.items():
            if length is None:
                continue
            points = seen[address] = self._seen.get(address) or deque()
            if points and points[-1][0] >= lengths.at:
                points.clear()  # The target's clock was set back.
            points.append((lengths.at, length))
            # Keep one point from before the window, so that the window is always covered.
            while len(points) > 2 and points[1][0] <= lengths.at - self._window_s:
                points.popleft()
        self._seen = seen

    def length(self, address: int) -> int | None:
        """The last length; None if it is not known."""
        points = self._seen.get(address)
        return points[-1][1] if points else None

    def per_minute(self, address: int) -> float | None:
        """Items per minute over the window; None with fewer than two moments."""
        points = self._seen.get(address)
        if not points or len(points) < 2:
            return None
        (since, before), (until, now) = points[0], points[-1]
        return (now - before) / (until - since) * 60
