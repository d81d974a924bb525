"""Time limits for work that must be quick."""

from __future__ import annotations

import os


def patience(seconds: float) -> float:
    """``seconds`` where a processor is to spare, and on a crowded machine as much longer as its load says."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
