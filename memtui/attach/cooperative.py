"""The method ``cooperative``: ask at the socket that the target itself has opened.

For systems that forbid tracing: the application was started by ``memtui run`` or calls
``memtui.agent.listen()``.  Nothing is stopped and nothing is written.  memtui asks the target's own
listener to start the agent, and the agent calls back.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import struct
from pathlib import Path
from typing import TYPE_CHECKING

from memtui.model.again import Again
from memtui.model.errors import Unsupported

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memtui.attach.facts import Facts
    from memtui.attach.rendezvous import Rendezvous

#: The same as in the agent's ``entry/listener.py``, which runs in the other process.
_PLACES = ("/tmp", "/dev/shm", "/run", "/var/tmp")  # noqa: S108 (looked up there, not made)
_CREDENTIALS = struct.Struct("=iII")
#: Seconds between two checks while the agent is starting.
_PAUSE = 0.02


def listens(facts: Facts) -> bool:
    """Whether the process has a listener: ``memtui run`` started it, or it called ``listen()``."""
    return next(_sockets(facts), None) is not None


def _sockets(facts: Facts) -> Iterator[str]:
    """Paths, as we see them, of sockets that are named after the PID and belong to its user."""
    uid = facts.uids[1]
    for place in _PLACES:
        path = f"/proc/{facts.pid}/root{place}/memtui-agents-{uid}/{_own_number(facts.pid)}"
        with contextlib.suppress(OSError):
            found = os.lstat(path)
            if stat.S_ISSOCK(found.st_mode) and found.st_uid == uid:
                yield path


def _own_number(pid: int) -> int:
    """The PID in the process's own PID namespace."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("NSpid:"):
                return int(line.split()[-1])
    return pid


class CooperativeMethod:
    """See :class:`memtui.attach.enter.Method`; raises Unsupported if the process has no listener."""

    name = "cooperative"
    longest_stop_ms = 0.0
    patience = 2.0

    def __init__(self, facts: Facts, meeting: Rendezvous) -> None:
        self.looks = 0
        self.waiting_for = "its listener was asked, but no agent called back"
        self._heard = False
        self._facts = facts
        self._ring = f"{meeting.path_in_target}\0{meeting.token}\n".encode()
        if not listens(facts):
            raise Unsupported(
                f"process {facts.pid} runs no cooperative agent",
                "it was not started by memtui run and does not call memtui.agent.listen()",
                hint="another method needs no listener",
                again=Again(pid=facts.pid, add=("--method", "ptrace")),
            )

    def look(self) -> float:
        """Try to connect until it works: a process that is still starting may not listen yet."""
        self.looks += 1
        if not self._heard:
            self._heard = any(map(self._rung, _sockets(self._facts)))
        if not self._heard:
            self.waiting_for = "its socket exists, but nobody listens on it"
        return _PAUSE

    def _rung(self, path: str) -> bool:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as bell:
            bell.settimeout(self.patience)
            # A path through /proc/PID/root is short enough for a socket's address.
            bell.connect(path)
            raw = bell.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
            if _CREDENTIALS.unpack(raw)[0] == self._facts.pid:
                bell.sendall(self._ring)
                return True
        return False

    def tidy(self, *, answered: bool) -> bool:  # noqa: ARG002 (the other methods need it)
        """There is nothing to clean up."""
        return True

    def close(self) -> None:
        """There is nothing to release."""
