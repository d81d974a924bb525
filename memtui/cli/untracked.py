"""What ``--untracked`` adds to an answer: the count itself, and what is said of its error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from memtui.model.text import count_text

if TYPE_CHECKING:
    from memtui.cli.options import Attaching
    from memtui.cli.progress import Progress
    from memtui.model.census import Census
    from memtui.model.untracked import Untracked
    from memtui.rpc.session import Session


async def count(
    session: Session, attaching: Attaching, progress: Progress, *, untracked: bool
) -> tuple[Census, Untracked | None]:
    """A census, with ``untracked`` of everything; then the estimate is told beside it."""
    from memtui.store.untracked import joined

    census = await session.census(progress=progress.step, timeout=attaching.timeout)
    if not untracked:
        return census, None
    estimate = await session.untracked(progress=progress.step, timeout=attaching.timeout)
    return joined(census, estimate), estimate


def estimate_json(untracked: Untracked | None) -> dict[str, Any]:
    """Keys of a document: what was estimated, and within what bounds."""
    if untracked is None:
        return {}
    return {
        "estimated": True,
        "untracked": {
            "objects": sum(untracked.counts),
            "objects_at_most": sum(untracked.most),
            "bytes": sum(untracked.sizes),
            "immortal_references": untracked.immortal,
        },
    }


def estimate_note(untracked: Untracked) -> str:
    """The same in a sentence."""
    total, most = sum(untracked.counts), sum(untracked.most)
    words = (
        f"{count_text(total)} of them the collector does not track: estimated through what refers "
        f"to them, at most {count_text(most)}; what only C or running code holds is not in it"
    )
    if untracked.immortal:
        words += (
            f", nor what {count_text(untracked.immortal)} references to immortal objects lead to"
        )
    return words
