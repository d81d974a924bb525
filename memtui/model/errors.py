"""What can go wrong, each with the exit code of the command line and a hint that says what to do.

::

    MemtuiError                     1
    ├── UsageError                  2
    ├── NoSuchProcess               3
    ├── NotPython                   3
    ├── NotPermitted                4
    │   └── AlreadyTraced           4
    ├── Unsupported                 5
    ├── NoHeadroom                  6
    ├── TargetStopped               1
    ├── TargetGone                  1
    ├── AgentSilent                 1
    ├── DeadlinePassed              1
    ├── Cancelled                   130
    ├── ProtocolError               1
    └── RequestFailed               1
        └── ReadOnly                6
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from memtui.model.again import Again

if TYPE_CHECKING:
    from collections.abc import Sequence

#: PID in a command, not in a sentence.
_PID = re.compile(r"(\bmemtui (?:[a-z]+ )?|--pid |-CONT )PID\b")


class MemtuiError(Exception):
    """An error that the user sees as two lines: ``memtui: what: why`` and ``hint: …``.

    ``pointer`` is printed above them when the fault has a place: the text that the user typed, with
    a caret under it.  Where the hint is to type the command with a change, ``again`` is the change.
    """

    exit_code = 1
    pointer = ""
    again: Again | None = None
    hint = "run the command again; if it persists, report it with the command line you used"

    def __init__(
        self, what: str, why: str = "", *, hint: str | None = None, again: Again | None = None
    ) -> None:
        super().__init__(f"{what}: {why}" if why else what)
        self.what = what
        self.why = why
        if hint is not None or again is not None:
            self.again = again
        self._advice = self.hint if hint is None else hint
        self.hint = self.hint_for()

    def advise_also(self, words: str) -> None:
        """Add ``words`` to the hint."""
        self._advice = f"{self._advice}; {words}" if self._advice else words
        self.hint = self.hint_for()

    def name_process(self, pid: int) -> None:
        """Put ``pid`` where a command in the hint says PID."""
        self._advice = _PID.sub(rf"\g<1>{pid}", self._advice)
        self.hint = self.hint_for()

    def hint_for(self, typed: Sequence[str] = ()) -> str:
        """The hint, with the command to type: ``typed``, the words after ``memtui``, changed."""
        command = "" if self.again is None else self.again.command(typed)
        return f"{self._advice}: {command}" if command else self._advice


class UsageError(MemtuiError):
    """The command line cannot be understood."""

    exit_code = 2
    hint = "memtui --help lists the commands and options"


class NoSuchProcess(MemtuiError):
    """No process here has this PID."""

    exit_code = 3
    hint = "memtui ps lists the Python processes that can be seen from here"


class NotPython(MemtuiError):
    """The process exists, but does not run CPython; ``below`` are Python processes that it started."""

    exit_code = 3
    hint = "memtui ps lists the Python processes that can be seen from here"

    def __init__(
        self,
        what: str,
        why: str = "",
        *,
        hint: str | None = None,
        again: Again | None = None,
        below: tuple[int, ...] = (),
    ) -> None:
        super().__init__(what, why, hint=hint, again=again)
        self.below = below


class NotPermitted(MemtuiError):
    """The kernel does not let memtui attach."""

    exit_code = 4
    hint = "run memtui as the target's user or as root"
    again: Again | None = Again(under=("sudo",))


class AlreadyTraced(NotPermitted):
    """Another tracer (a debugger, strace) is attached to the target."""

    again = None
    hint = "stop the debugger or strace that is attached to the process, then try again"


class Unsupported(MemtuiError):
    """A version, platform or method that is not supported."""

    exit_code = 5
    hint = "targets are CPython 3.8 to 3.15 on Linux x86-64"


class NoHeadroom(MemtuiError):
    """Refused, to protect the target: the work needs more memory than is available."""

    exit_code = 6
    hint = "free memory on the host or raise the limit of the target's cgroup"


class TargetStopped(MemtuiError):
    """The target is stopped (SIGSTOP, job control) and cannot answer."""

    hint = "resume it with: kill -CONT PID"


class TargetGone(MemtuiError):
    """The target ended."""

    hint = "memtui ps lists the Python processes that run now"


class AgentSilent(MemtuiError):
    """The agent was injected, but did not answer in time."""

    hint = (
        "the target may be inside a long C call that holds the GIL, or its interpreter may be shutting "
        "down: try again, or raise --timeout"
    )
    again = Again(more="--timeout")


class DeadlinePassed(MemtuiError):
    """A request was not answered within its deadline."""

    hint = "raise --timeout, or ask for less (-n, -x)"
    again = Again(more="--timeout")


class Cancelled(MemtuiError):
    """The user cancelled the work."""

    exit_code = 130
    hint = "nothing was changed in the target"


class ProtocolError(MemtuiError):
    """The other side sent something that the protocol does not allow."""

    hint = (
        "quit every viewer of that process, then attach again; if it persists, report it with the "
        "command line you used"
    )


class RequestFailed(MemtuiError):
    """The agent refused a request or failed at it; ``code`` is the machine-readable reason."""

    code = "failed"


class ReadOnly(RequestFailed):
    """The verb changes the target and the session is read-only."""

    exit_code = 6
    code = "read-only"
    hint = "attach without --read-only to use it"
    again = Again(without=("--read-only",))
