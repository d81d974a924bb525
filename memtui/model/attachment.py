"""How we got in, and who answers there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attachment:
    """One way in that worked.

    ``attach_ms`` is from the start of the attempt to the agent's greeting;
    ``longest_stop_ms`` the longest time one thread of the target stood still for it
    (0.0 for methods that stop nothing); ``tries`` how often it had to be looked at.
    """

    method: str
    attach_ms: float
    longest_stop_ms: float = 0.0
    tries: int = 1


@dataclass(frozen=True, slots=True)
class Hello:
    """The agent's greeting: who it is and where it lives.

    ``python`` is the version as ``X.Y.Z``; ``joined`` tells that the agent was there
    before this session, put there by another viewer.
    """

    protocol: int
    version: str
    pid: int
    python: str
    implementation: str
    executable: str
    free_threaded: bool
    read_only: bool
    joined: bool
