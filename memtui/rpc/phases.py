"""What the agent is doing, in words: the phases that its progress names."""

from __future__ import annotations

from memtui.model.safe import safe_name

_PHASES = {
    "counting": "counting",
    "counting-before": "counting before",
    "counting-after": "counting after",
    "collection-runs": "waiting for a collection that is already running",
    "instances": "looking for {of}",
    "reading": "reading",
    "referrers": "looking for referrers",
    "untracked": "looking for untracked objects",
}


def phase_text(phase: str, of: str) -> str:
    """A phase by its code, and the name of what it is about; an unknown code speaks for itself."""
    words = _PHASES.get(phase)
    return safe_name(phase) if words is None else words.format(of=safe_name(of))
