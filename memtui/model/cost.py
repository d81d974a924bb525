"""What an answer cost the target."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """The price of one request, in milliseconds, measured inside the target.

    ``wall_ms`` is from the first byte of the request to the last of its answer;
    ``agent_ms`` the processor time the agent's thread used of that;
    ``longest_stall_ms`` the longest stretch in which other threads could not run Python.
    """

    wall_ms: float = 0.0
    agent_ms: float = 0.0
    longest_stall_ms: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.wall_ms + other.wall_ms,
            self.agent_ms + other.agent_ms,
            max(self.longest_stall_ms, other.longest_stall_ms),
        )
