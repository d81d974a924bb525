"""Getting in: try the methods in order, until the agent calls back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from typing import TYPE_CHECKING, Protocol

from memtui.attach import access
from memtui.attach.bundle import bare_payload, framed_payload, payload
from memtui.attach.choose import methods_for
from memtui.attach.cooperative import CooperativeMethod
from memtui.attach.facts import descriptors_allowed, facts_of
from memtui.attach.headroom import check_room
from memtui.attach.interpreters import reader_of
from memtui.attach.ptrace import kernel
from memtui.attach.ptrace.engine import PtraceMethod
from memtui.attach.ptrace.thread import release_late
from memtui.attach.pyrasite import PyrasiteMethod
from memtui.attach.remote_exec import RemoteExecMethod
from memtui.attach.rendezvous import open_rendezvous
from memtui.model.attachment import Attachment
from memtui.model.errors import (
    AgentSilent,
    AlreadyTraced,
    DeadlinePassed,
    MemtuiError,
    Unsupported,
)
from memtui.rpc.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from memtui.attach.facts import Facts
    from memtui.attach.rendezvous import Rendezvous

    Arrival = asyncio.Task[tuple[asyncio.StreamReader, asyncio.StreamWriter, bool]]

#: How often, 5 ms apart, to check whether a new program is loaded; a statically linked one never shows a
#: C library.
_LOADER_LOOKS = 50
#: Seconds to wait for a tracer that is not a memtui; a memtui lets go after a few milliseconds.
_TRACER_PATIENCE = 0.5
#: Seconds for the clean-up within the attempt, and seconds between tries in the background after that.
_TIDY_PATIENCE = 0.2
_TIDY_LATER = 0.25


class Method(Protocol):
    """One method at work on one process; :class:`PtraceMethod` documents each part."""

    name: str
    longest_stop_ms: float
    looks: int
    waiting_for: str

    @property
    def patience(self) -> float: ...
    def look(self) -> float: ...
    def tidy(self, *, answered: bool) -> bool: ...
    def close(self) -> None: ...


async def attach(
    pid: int,
    *,
    method: str | None = None,
    timeout: float = 10.0,
    read_only: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Session:
    """Attach to process ``pid`` and open a session with the agent there.

    ``method`` forces one of :data:`memtui.attach.choose.METHODS`; ``timeout`` is in seconds, for the
    whole attach; ``progress`` is called with a few words about the current step.  Raises a MemtuiError
    of :mod:`memtui.model.errors` that says why it failed; the target is then as before.
    """
    began = time.perf_counter()
    tell = progress or (lambda _: None)
    facts = await _loaded(pid)
    names = await _untraced_methods(facts, method, began + timeout)
    check_room(pid)
    async with open_rendezvous(pid, facts.proc) as meeting:

        def method_called(name: str) -> Method:
            tell(f"attaching to process {pid} by {name}")
            return _method(name, facts, meeting)

        arrival = asyncio.create_task(meeting.accept(timeout + 1))
        try:
            way = await _get_in(names, method_called, arrival, began + timeout)
            if not arrival.done():
                raise _silent(pid, way.waiting_for)
        finally:
            arrival.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await arrival
        reader, writer, _ = arrival.result()
    attach_ms = (time.perf_counter() - began) * 1e3
    interpreters = reader_of(pid)
    there = interpreters()
    attachment = Attachment(way.name, attach_ms, way.longest_stop_ms, max(1, way.looks), there)
    left = max(1.0, began + timeout - time.perf_counter())
    try:
        session = await Session.open(reader, writer, attachment, read_only=read_only, timeout=left)
    except DeadlinePassed:
        why = f"its agent was started, but got too little time to run within {timeout:g} s"
        raise AgentSilent(f"process {pid} does not answer", why) from None
    session.interpreters = lambda: interpreters() or there
    return session


async def _loaded(pid: int) -> Facts:
    """The facts of a process, once the loader has mapped its libraries and the interpreter."""
    facts = facts_of(pid)
    for _ in range(_LOADER_LOOKS):
        if facts.libc or not facts.mappings:
            break
        await asyncio.sleep(0.005)
        facts = facts_of(pid)
    return facts


async def _untraced_methods(facts: Facts, wanted: str | None, deadline: float) -> tuple[str, ...]:
    """The result of :func:`methods_for`, after waiting for a tracer that stays only briefly.

    It waits for another memtui until the deadline (of perf_counter), because that one may have to wait
    for a processor.
    """
    give_up = time.monotonic() + _TRACER_PATIENCE
    while True:
        try:
            return methods_for(facts, wanted)
        except AlreadyTraced:
            late = time.monotonic() > give_up and not access.lets_go(facts.tracer)
            if late or time.perf_counter() > deadline:
                raise
        await asyncio.sleep(0.02)
        release_late()  # the tracer may be our own thread, from an earlier attempt
        facts = facts_of(facts.pid)


async def _get_in(
    names: tuple[str, ...],
    method_called: Callable[[str], Method],
    arrival: Arrival,
    deadline: float,
) -> Method:
    """The method that made the agent call back, or the last one tried.  Cleans up after each."""
    for name in names:
        last = name == names[-1]
        try:
            way = method_called(name)
        except Unsupported:
            if last:
                raise
            continue
        try:
            patience = deadline if last else min(deadline, time.perf_counter() + way.patience)
            await _pursue(way, arrival, patience)
            if arrival.done():
                arrival.result()  # raises if something went wrong instead
                break
        finally:
            answered = arrival.done() and not arrival.cancelled() and not arrival.exception()
            await _tidy(way, answered=answered)
    return way


def _silent(pid: int, waiting_for: str) -> MemtuiError:
    """Why nobody called back, as far as it is known from outside."""
    tracer = kernel.tracer_of(pid)
    if tracer and not kernel.is_own_thread(tracer):
        return access.already_traced(pid, tracer)
    what = f"process {pid} does not answer"
    limit = descriptors_allowed(pid)
    with contextlib.suppress(OSError):
        if limit is not None and len(os.listdir(f"/proc/{pid}/fd")) >= limit:
            hint = f"raise its limit: prlimit --pid {pid} --nofile={2 * limit}"
            return AgentSilent(what, f"all of its {limit} file descriptors are in use", hint=hint)
    return AgentSilent(what, waiting_for)


def _method(name: str, facts: Facts, meeting: Rendezvous) -> Method:
    text = payload(meeting.path_in_target, meeting.token)
    if name == "cooperative":
        return CooperativeMethod(facts, meeting)
    if name == "remote-exec":
        return RemoteExecMethod(facts, lambda: meeting.leave("payload.py", text))
    if name == "pyrasite":
        return PyrasiteMethod(facts, text, meeting.leave)
    where = meeting.path_in_target, meeting.token
    return PtraceMethod(facts, bare_payload(*where), text, framed_payload(*where))


async def _pursue(way: Method, arrival: Arrival, deadline: float) -> None:
    """Keep looking until the agent arrives or the deadline (of perf_counter) passes."""
    while not arrival.done() and time.perf_counter() < deadline:
        pause = min(way.look(), deadline - time.perf_counter())
        await asyncio.wait((arrival,), timeout=max(0.0, pause))


async def _tidy(way: Method, *, answered: bool) -> None:
    """Leave nothing behind: now if possible, otherwise as soon as the target allows it."""
    give_up, pause = time.monotonic() + _TIDY_PATIENCE, 0.0005
    while not way.tidy(answered=answered):
        if time.monotonic() > give_up:
            task = asyncio.create_task(_tidy_later(way, answered=answered))
            _tidying.add(task)
            task.add_done_callback(_tidying.discard)
            return
        await asyncio.sleep(pause)
        pause = min(2 * pause, 0.02)
    way.close()


#: Clean-ups that still run; the event loop itself holds its tasks weakly.
_tidying: set[asyncio.Task[None]] = set()


async def _tidy_later(way: Method, *, answered: bool) -> None:
    """Clean up in the background, with a last try when the event loop ends."""
    try:
        while not way.tidy(answered=answered):  # noqa: ASYNC110 (the target sends no event)
            await asyncio.sleep(_TIDY_LATER)
    except asyncio.CancelledError:
        way.tidy(answered=answered)
        raise
    finally:
        way.close()
