"""What the operating system says of a process."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Process:
    """The facts that do not change, and the RSS at the time of asking.

    ``ppid`` is the parent's PID; ``python`` is the version, as exact as it is known (``3.11`` from its files, ``3.11.7`` once the
    agent has greeted), None if it is unknown; sizes in bytes, times in seconds, ``started_at``
    seconds since the epoch.
    """

    pid: int
    name: str
    cmdline: str
    python: str | None
    user: str | None
    started_at: float | None
    uptime_s: float | None
    rss_bytes: int | None
    ppid: int | None = None


@dataclass(frozen=True, slots=True)
class Vitals:
    """One look at a live process, at ``at`` seconds since the epoch; None is unknown.

    ``cpu_percent`` is of one core since the look before; ``fds`` counts open descriptors; ``status``
    is what psutil calls it: ``running``, ``sleeping``, ``stopped``, ``tracing-stop`` and others.
    """

    at: float
    rss_bytes: int | None
    uss_bytes: int | None
    cpu_percent: float | None
    threads: int | None
    fds: int | None
    status: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A Python process in the picker: whether and how it can be attached to.

    ``method`` names the first method that would be tried, or is None; then ``why_not`` says
    why in one line and ``hint`` what to type.  ``ancestors`` are the PIDs of its parent,
    the parent's parent and so on, Python or not.
    """

    process: Process
    attachable: bool
    method: str | None
    why_not: str | None = None
    hint: str | None = None
    ancestors: tuple[int, ...] = ()
