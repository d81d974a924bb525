"""Additions to asyncio's streams and processes."""

from __future__ import annotations

import asyncio


def deafen(writer: asyncio.StreamWriter) -> None:
    """Read nothing more at this end: data that arrives stays in the socket."""
    transport = writer.transport
    assert isinstance(transport, asyncio.Transport)
    transport.pause_reading()


def close_pipes(process: asyncio.subprocess.Process) -> None:
    """Close our ends of the pipes of a process that has ended; otherwise the event loop warns about them."""
    vars(process)["_transport"].close()
