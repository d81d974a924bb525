"""How long a full collection will stop the program, before it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from memtui.present.text import millis_text, short_count_text

if TYPE_CHECKING:
    from memtui.verbs.collect import Collection

#: A collection that stops the program for longer than this begins only when the user has agreed to it, ms.
LONG_MS = 50.0
#: What a full collection takes for each tracked object, ms: between a fast machine and a busy one.
_PER_OBJECT_MS = 3e-4


class Pause(NamedTuple):
    """An estimated pause: how long, and what it was estimated from."""

    ms: float
    source: str

    @property
    def is_long(self) -> bool:
        """Whether one should ask before."""
        return self.ms > LONG_MS

    @property
    def text(self) -> str:
        """The estimate in words."""
        return f"about {millis_text(self.ms)} ({self.source})"


def expected_pause(objects: int, last: Collection | None = None, left: int = 0) -> Pause:
    """The pause of a full collection of ``objects``.

    ``last`` is the last one, which left ``left`` objects (0: not known).
    """
    if last is None:
        return Pause(objects * _PER_OBJECT_MS, f"{short_count_text(objects)} objects")
    more = objects / left if left else 1.0
    return Pause(last.pause * max(1.0, more), "as the last one")
