"""What asyncio's streams and processes do not offer by themselves."""

from __future__ import annotations

import asyncio


def deafen(writer: asyncio.StreamWriter) -> None:
    """Read nothing more at this end: what comes stays in the socket."""
    transport = writer.transport
    assert isinstance(transport, asyncio.Transport)
    transport.pause_reading()


def close_pipes(process: asyncio.subprocess.Process) -> None:
    """Close our ends of the pipes of a process that has ended; else the event loop warns of them."""
    vars(process)["_transport"].close()
