"""Load around an attach: requests to a server, and a stream of counted signals."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from tests.torture.kinds import Kind
    from tests.torture.target import Target

_REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
_ANSWER = b"4950"
#: The signal that targets/storms.py counts.
_COUNTED = 40


class Requests:
    """Asks an HTTP target all the time, in a thread of its own; every answer must be the right one."""

    def __init__(self, target: Target, kind: Kind) -> None:
        self._target, self._wanted = target, kind.poke == "http"
        self._stop = threading.Event()
        self.failures: list[str] = []
        self.answers = 0
        self.slowest_s = 0.0

    async def __aenter__(self) -> Self:
        if self._wanted:
            self._thread = threading.Thread(target=self._ask, daemon=True)
            self._thread.start()
            while self.answers < 20 and not self.failures:
                await asyncio.sleep(0.005)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        if self._wanted:
            await asyncio.to_thread(self._thread.join)

    def _ask(self) -> None:
        address = ("127.0.0.1", self._target.board.port)
        while not self._stop.is_set():
            begun = time.monotonic()
            answer = b""
            try:
                with socket.create_connection(address, timeout=10) as connection:
                    connection.sendall(_REQUEST)
                    while data := connection.recv(4096):
                        answer += data
            except OSError as error:
                self.failures.append(str(error))
                return
            if not answer.endswith(_ANSWER) or b" 200 " not in answer[:20]:
                self.failures.append(repr(answer[-200:]))
                return
            self.answers += 1
            self.slowest_s = max(self.slowest_s, time.monotonic() - begun)
            time.sleep(0.004)


class SignalRain:
    """Sends a queued real-time signal every half millisecond between ``start`` and ``stop``."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.sent = 0

    def start(self) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _send(self) -> None:
        while not self._stop.wait(0.0005):
            with contextlib.suppress(OSError):  # the queue is full, or the target is gone
                os.kill(self._pid, _COUNTED)
                self.sent += 1
