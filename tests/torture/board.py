"""The torture's side of the board: reads the target's reports, and asks for its state."""

from __future__ import annotations

import json
import mmap
import struct
import time
from typing import TYPE_CHECKING, Any

from tests.torture.targets import layout

if TYPE_CHECKING:
    from pathlib import Path


class Board:
    """One board file, made empty.  Gaps are seconds on CLOCK_MONOTONIC, as ``time.monotonic()``."""

    def __init__(self, path: Path) -> None:
        path.write_bytes(bytes(layout.SIZE))
        self.path = path
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), layout.SIZE)
        self._read = 0

    def get(self, place: int) -> int:
        return int(struct.unpack_from("<q", self._map, place)[0])

    @property
    def pid(self) -> int:
        return self.get(layout.PID)

    @property
    def right(self) -> int:
        return self.get(layout.RIGHT)

    @property
    def wrong(self) -> str:
        """The last wrong result and the number of wrong results; empty if there are none."""
        count = self.get(layout.WRONG)
        if not count:
            return ""
        start, length = layout.WRONG_TEXT, self.get(layout.WRONG_LENGTH)
        return f"{count} wrong: {self._map[start : start + length].decode(errors='replace')}"

    @property
    def port(self) -> int:
        return self.get(layout.PORT)

    @property
    def count(self) -> int:
        return self.get(layout.COUNT)

    @property
    def beats(self) -> int:
        return self.get(layout.BEATS)

    def gaps(self) -> list[tuple[float, float]]:
        """The gaps noted since the last call, as (end, length); the oldest may be lost."""
        head = self.get(layout.GAPS)
        first = max(self._read, head - layout.RING_SLOTS)
        self._read = head
        return [
            struct.unpack_from("<dd", self._map, layout.RING + index % layout.RING_SLOTS * 16)
            for index in range(first, head)
        ]

    def looks(self, timeout: float) -> dict[str, Any]:
        """The state of the target from the inside; TimeoutError if its beat does not answer."""
        asked = self.get(layout.ASK) + 1
        struct.pack_into("<q", self._map, layout.ASK, asked)
        end = time.monotonic() + timeout
        while self.get(layout.ANSWERED) != asked:
            if time.monotonic() > end:
                raise TimeoutError("the target does not report its state")
            time.sleep(0.001)
        start = layout.ANSWER
        answer: dict[str, Any] = json.loads(self._map[start : start + self.get(layout.LENGTH)])
        return answer

    def close(self) -> None:
        self._map.close()
        self.path.unlink(missing_ok=True)
