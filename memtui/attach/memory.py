"""The memory of another process, through ``/proc/PID/mem``."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType


class Memory:
    """An open ``/proc/…/mem``.  Opening it needs the same permission as tracing.

    Raises ``OSError``: PermissionError on opening; later EIO or EFAULT for addresses that are not
    mapped, and ESRCH if the process is gone or has executed another program.
    """

    def __init__(self, proc: str) -> None:
        self._fd = os.open(f"{proc}/mem", os.O_RDWR | os.O_CLOEXEC)

    def read(self, address: int, size: int) -> bytes:
        data = os.pread(self._fd, size, address)
        if len(data) != size:
            raise ProcessLookupError("the memory is gone")
        return data

    def write(self, address: int, data: bytes) -> None:
        if os.pwrite(self._fd, data, address) != len(data):
            raise ProcessLookupError("the memory is gone")

    def word(self, address: int) -> int:
        """Eight bytes as an unsigned number."""
        return int(struct.unpack("<Q", self.read(address, 8))[0])

    def number(self, address: int) -> int:
        """Four bytes as a signed number: a C ``int``."""
        return int(struct.unpack("<i", self.read(address, 4))[0])

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
