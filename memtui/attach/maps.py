"""The mappings of a process: ``/proc/PID/maps``, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Mapping:
    """One line: addresses ``start`` to ``end`` hold ``path`` from byte ``offset`` of the file on.

    ``path`` is as the kernel writes it, with `` (deleted)`` at the end for a deleted file; ``""`` for
    anonymous memory.
    """

    start: int
    end: int
    permissions: str
    offset: int
    device: str
    inode: int
    path: str

    @property
    def file(self) -> tuple[str, int, str]:
        """The identity of the mapped file; a deleted file differs from its successor."""
        return (self.device, self.inode, self.path)

    @property
    def executable(self) -> bool:
        return self.permissions[2] == "x"


def read_maps(proc: str) -> list[Mapping]:
    """The mappings of the task below ``proc`` (``/proc/PID`` or ``/proc/PID/task/TID``).

    Raises ``OSError`` (PermissionError, FileNotFoundError, ProcessLookupError) as the kernel does.
    The list is empty for kernel threads and for processes that have ended.
    """
    mappings = []
    text = Path(proc, "maps").read_bytes().decode("utf-8", "surrogateescape")
    for line in text.split("\n"):
        fields = line.split(None, 5)
        if len(fields) < 5:
            continue
        start, _, end = fields[0].partition("-")
        mappings.append(
            Mapping(
                int(start, 16),
                int(end, 16),
                fields[1],
                int(fields[2], 16),
                fields[3],
                int(fields[4]),
                fields[5] if len(fields) > 5 else "",
            )
        )
    return mappings
