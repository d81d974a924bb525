"""What the header shows: the state of the target and of the watching, at one moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from memtui.model.cost import Cost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memtui.model.interpreters import Interpreters
    from memtui.model.process import Process, Vitals


class FeedState(Enum):
    """Whether the feed asks the target."""

    LIVE = "live"
    PAUSED = "paused"
    GONE = "gone"


@dataclass(frozen=True, slots=True, eq=False)
class Glance:
    """One look.  Sizes in bytes, ``rss_rate`` in bytes per minute, ``delay_s`` between two polls.

    ``cost`` is of the last poll, ``longest_stall_ms`` of the whole session, ``trouble`` says in
    words why the last poll brought nothing.  The next poll is ``next_s`` seconds away; a poll
    without an answer has waited ``silent_s`` seconds, and ``running`` is what the target does meanwhile.
    """

    process: Process
    python: str | None = None
    method: str | None = None
    interpreters: Interpreters | None = None
    uptime_s: float | None = None
    state: FeedState = FeedState.LIVE
    delay_s: float = 0.0
    next_s: float = 0.0
    silent_s: float = 0.0
    running: str = ""
    cost: Cost = field(default_factory=Cost)
    longest_stall_ms: float = 0.0
    vitals: Vitals | None = None
    rss_trend: Sequence[float] = ()
    rss_rate: float | None = None
    objects: int | None = None
    objects_size: int | None = None
    read_only: bool = False
    trouble: str = ""
