"""A row of bars that shows how a figure moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from memtui.numbers import np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: Eight heights.
_BARS = np.array(list("▁▂▃▄▅▆▇█"))


def spark_text(values: Sequence[float], width: int) -> str:
    """:func:`spark_texts` of one row."""
    return spark_texts(np.array([values], np.float64), width)[0]


def spark_texts(rows: NDArray[Any], width: int) -> list[str]:
    """For each row the last ``width`` of its figures as bars between their least and their greatest.

    Fewer figures than ``width`` are aligned right, because the latest is at the right; if all are
    equal, the line is flat.
    """
    recent = rows[:, -width:]
    if not recent.size:
        return [" " * width] * len(rows)
    low = recent.min(axis=1, keepdims=True)
    spread = recent.max(axis=1, keepdims=True) - low
    scale = (len(_BARS) - 1) / np.where(spread > 0, spread, np.inf)
    bars = _BARS[np.rint((recent - low) * scale).astype(np.intp)]
    texts: list[str] = bars.view(f"<U{bars.shape[1]}")[:, 0].tolist()
    return [text.rjust(width) for text in texts]


def thinned(values: Sequence[float], points: int) -> list[float]:
    """``values`` reduced to ``points``, each the last of its stretch, so the present is exact."""
    if len(values) <= points:
        return list(values)
    return [values[(i + 1) * len(values) // points - 1] for i in range(points)]
