"""How we get in: facts about the process, the ways in, and the connection that comes back."""

from memtui.attach.enter import attach

__all__ = ["attach"]
