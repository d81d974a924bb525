"""A row of bars that shows how a figure moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"


def spark_text(values: Sequence[float], width: int) -> str:
    """The last ``width`` of ``values`` as bars between their least and their greatest.

    Fewer values than ``width`` stand at the right, where the present is; a figure that never moved
    is a flat line.
    """
    recent = values[-width:] if width > 0 else ()
    if not recent:
        return " " * width
    low, high = min(recent), max(recent)
    scale = (len(_BARS) - 1) / (high - low) if high > low else 0.0
    bars = "".join([_BARS[round((value - low) * scale)] for value in recent])
    return bars.rjust(width)


def thinned(values: Sequence[float], points: int) -> list[float]:
    """``values`` reduced to ``points``, each the last of its stretch, so the present is exact."""
    if len(values) <= points:
        return list(values)
    return [values[(i + 1) * len(values) // points - 1] for i in range(points)]
