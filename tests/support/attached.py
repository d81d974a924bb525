"""A session with a real agent in a real target, without any method of attaching: the target runs the payload itself."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from memtui.attach.bundle import payload
from memtui.attach.rendezvous import open_rendezvous
from memtui.model.attachment import Attachment
from memtui.rpc.session import Session
from tests.support.target import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from memtui.verbs.census import Census
    from tests.support.target import Target


@contextlib.asynccontextmanager
async def attached(target: Target, *, read_only: bool = False) -> AsyncIterator[Session]:
    """A session with ``target``, closed afterwards."""
    async with open_rendezvous(target.pid) as meeting:
        target.execute(payload(meeting.path_in_target, meeting.token))
        reader, writer, _ = await meeting.accept(PATIENCE_S)
    session = await Session.open(
        reader, writer, Attachment("handed", 0.0), read_only=read_only, timeout=PATIENCE_S
    )
    try:
        yield session
    finally:
        await session.close()


def row(census: Census, name: str) -> tuple[int, int]:
    """``(count, size)`` of one type; zeros if it was never seen."""
    if name not in census.names:
        return 0, 0
    index = census.names.index(name)
    return census.counts[index], census.sizes[index]
