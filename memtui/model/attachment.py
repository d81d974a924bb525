"""How we got in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Attachment:
    """One way in that worked.

    ``attach_ms`` is from the start of the attempt to the agent's greeting;
    ``longest_stop_ms`` the longest time one thread of the target stood still for it
    (0.0 for methods that stop nothing); ``tries`` how many looks at the target it took;
    ``interpreters`` how many the process had then (None: unknown): the agent is in the main one.
    """

    method: str
    attach_ms: float
    longest_stop_ms: float = 0.0
    tries: int = 1
    interpreters: int | None = None
