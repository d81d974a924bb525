"""Columns of numbers: arrays in the records, numpy for work on all their rows.

A numpy view of an array costs nothing, so ten thousand types cost microseconds a tick.  A single
item of an array is a plain int, which JSON and format strings need.
"""

from __future__ import annotations

import os
from array import array
from typing import TYPE_CHECKING, Any, TypeAlias

# numpy's linear algebra is not used here, but it would start a thread per processor when it is
# loaded.  In a container those threads count against the same limit as the target's.  The settings
# are restored afterwards, because child processes must not inherit them.
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
    """A view of ``column``, or a copy padded with zeros to ``width`` rows."""
    view = np.asarray(column, np.int64)
    missing = 0 if width is None else width - len(view)
    return np.pad(view, (0, missing)) if missing else view


def column(values: NDArray[Any]) -> array[int]:
    """A result of numpy as the array that a record holds."""
    return array("q", values.astype(np.int64, copy=False).tobytes())


def flags(values: NDArray[np.bool_]) -> array[int]:
    """1 for true and 0 for false, one byte each."""
    return array("b", values.tobytes())
