"""The process at the other end of the socket, as the kernel and /proc know it."""

from __future__ import annotations

import contextlib
import socket
import struct
from pathlib import Path

import psutil

from memtui.model.errors import MemtuiError, TargetGone, TargetStopped

_PF_EXITING = 0x4
_CREDENTIALS = struct.Struct("3i")


class Peer:
    """The target, by the PID it has on this side.

    Its own idea of its PID differs in a container; the credentials of the socket are translated.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._process: psutil.Process | None = None
        with contextlib.suppress(psutil.Error):
            self._process = psutil.Process(pid)
        self._program = self._address_space()

    @classmethod
    def of(cls, connection: socket.socket | None) -> Peer:
        """Who opened the other end of ``connection``; PID 0 if the kernel cannot say."""
        pid = 0
        if connection is not None and connection.family == socket.AF_UNIX:
            try:
                data = connection.getsockopt(
                    socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size
                )
            except OSError:
                # The event loop has closed it already: the other end was gone at once.
                raise TargetGone(
                    "connection lost", "the target ended before its greeting"
                ) from None
            pid = _CREDENTIALS.unpack(data)[0]
        return cls(pid)

    def rss(self) -> int | None:
        """Resident memory now, bytes; None if the process cannot be asked."""
        try:
            return None if self._process is None else int(self._process.memory_info().rss)
        except psutil.Error:
            return None

    def runs(self) -> bool:
        """Whether the process lives.

        A process that is being torn down closes its sockets first and vanishes later; its state
        and the kernel's flag for "exiting" distinguish it from one that runs on without the agent.
        """
        if self._process is None or not self._process.is_running():
            return False
        state, flags = self._state()
        return state not in {"Z", "X", ""} and not flags & _PF_EXITING

    def replaced(self) -> bool:
        """Whether another program runs under this PID than at first (exec)."""
        now = self._address_space()
        return bool(now and self._program) and now != self._program

    def _address_space(self) -> list[str]:
        """Where the program and its stack begin; exec replaces both.  Empty if it is not known."""
        fields = self._fields()
        places = [fields[23], fields[25]] if len(fields) > 25 else []
        return [] if set(places) <= {"0", "1"} else places

    def _state(self) -> tuple[str, int]:
        """The letter of ps(1) and the kernel's flags; ``""`` for a process that is gone."""
        fields = self._fields()
        return (fields[0], int(fields[6])) if fields else ("", 0)

    def _fields(self) -> list[str]:
        """What the kernel's stat file says behind the name; empty for a process that is gone."""
        try:
            # The name, in parentheses, may hold anything; the fields behind it are plain.
            text = Path(f"/proc/{self.pid}/stat").read_text("utf-8", "replace")
        except OSError:
            return []
        return text.rpartition(")")[2].split()

    def why_still(self) -> MemtuiError | None:
        """Why nothing in the process can run now; None if something can."""
        state, _ = self._state()
        if state == "T":
            return TargetStopped(
                f"process {self.pid} is stopped",
                "it was sent SIGSTOP or stopped by its terminal and cannot answer",
                hint=f"resume it with: kill -CONT {self.pid}",
            )
        if state == "t":
            return TargetStopped(
                f"process {self.pid} is stopped",
                "a debugger holds it, and it cannot answer",
                hint="continue it in the debugger, or end the debugger",
            )
        return None

    def why_gone(self) -> MemtuiError:
        """The error for a connection that ended from the other side."""
        if not self.runs():
            return TargetGone(f"process {self.pid} ended")
        if self.replaced():
            return TargetGone(
                f"process {self.pid} replaced itself by another program",
                "the Python that ran in it is gone",
                hint=f"if the new program is Python, attach again: memtui {self.pid}",
            )
        return TargetGone(
            f"connection to the agent in process {self.pid} lost",
            "the process itself keeps running",
            hint=f"attach again: memtui {self.pid}",
        )
