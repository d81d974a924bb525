"""What ``--mine`` leaves of the types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memtui.diagnosis.own import OwnTypes
from memtui.verbs.modules import modules

if TYPE_CHECKING:
    from collections.abc import Callable

    from memtui.cli.options import Listing
    from memtui.verbs.asking import Asks


async def own_types(
    session: Asks, listing: Listing, timeout: float | None = None
) -> Callable[[str], bool] | None:
    """What says whether a type is the program's own; None where all types are wanted."""
    if not listing.mine:
        return None
    return OwnTypes(await modules(session, timeout=timeout)).owns
