"""Columns of numbers: arrays in the records, numpy where all of their rows are gone through.

A view costs nothing, and ten thousand types at every tick cost microseconds; one number taken out
of an array is a plain int, as JSON and format strings want it.
"""

from __future__ import annotations

import os
from array import array
from typing import TYPE_CHECKING, Any, TypeAlias

# Linear algebra, of which nothing is used here, would start a thread for each processor when it is
# loaded: in a container those count against the target's own.  Children must not inherit that.
_LIMITS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
_before = {name: os.environ.get(name) for name in _LIMITS}
os.environ.update(dict.fromkeys(_LIMITS, "1"))
try:
    import numpy as np
finally:
    for _name, _value in _before.items():
        if _value is None:
            del os.environ[_name]
        else:
            os.environ[_name] = _value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Numbers", "column", "flags", "np", "numbers"]

Numbers: TypeAlias = "NDArray[np.int64]"


def numbers(column: Sequence[int], width: int | None = None) -> Numbers:
    """A view of ``column``, or with zeros behind it up to ``width`` rows."""
    view = np.asarray(column, np.int64)
    missing = 0 if width is None else width - len(view)
    return np.pad(view, (0, missing)) if missing else view


def column(values: NDArray[Any]) -> array[int]:
    """What numpy worked out, for a record."""
    return array("q", values.astype(np.int64, copy=False).tobytes())


def flags(values: NDArray[np.bool_]) -> array[int]:
    """1 for what is true and 0 for the others, a byte each."""
    return array("b", values.tobytes())
