"""Getting in: the methods in their order, until the agent has called back."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from typing import TYPE_CHECKING, Protocol

from memtui.attach import access
from memtui.attach.bundle import bare_payload, payload
from memtui.attach.choose import methods_for
from memtui.attach.cooperative import CooperativeMethod
from memtui.attach.facts import descriptors_allowed, facts_of
from memtui.attach.headroom import check_room
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

#: Looks, 5 ms apart, in which a program is given the time to be loaded; one that is linked statically never
#: has a C library.
_LOADER_LOOKS = 50
#: Seconds that another tracer than a memtui in its own few milliseconds is waited for.
_TRACER_PATIENCE = 0.5
#: Seconds to clean up within the attempt; what takes longer is done behind it.
_TIDY_PATIENCE = 0.2
_TIDY_LATER = 0.25


class Method(Protocol):
    """One way in, at work on one process; see :class:`PtraceMethod` for what each part promises."""

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

    ``method`` forces one of :data:`memtui.attach.choose.METHODS`; ``timeout`` is in seconds, for all
    of it; ``progress`` is told in a few words what is being done.  Raises a MemtuiError of
    :mod:`memtui.model.errors` that says why not; the target is then as it was.
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
    attachment = Attachment(way.name, attach_ms, way.longest_stop_ms, max(1, way.looks))
    left = max(1.0, began + timeout - time.perf_counter())
    try:
        return await Session.open(reader, writer, attachment, read_only=read_only, timeout=left)
    except DeadlinePassed:
        why = f"its agent was started but hardly came to run within {timeout:g} s"
        raise AgentSilent(f"process {pid} does not answer", why) from None


async def _loaded(pid: int) -> Facts:
    """The facts of a process, once the loader has brought its libraries, the interpreter among them."""
    facts = facts_of(pid)
    for _ in range(_LOADER_LOOKS):
        if facts.libc or not facts.mappings:
            break
        await asyncio.sleep(0.005)
        facts = facts_of(pid)
    return facts


async def _untraced_methods(facts: Facts, wanted: str | None, deadline: float) -> tuple[str, ...]:
    """What :func:`methods_for` says, once a tracer that stays for milliseconds has gone.

    Another memtui is waited for until the deadline (of perf_counter): it may be given no processor.
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
        release_late()  # it may be our own thread, from an attempt before
        facts = facts_of(facts.pid)


async def _get_in(
    names: tuple[str, ...],
    method_called: Callable[[str], Method],
    arrival: Arrival,
    deadline: float,
) -> Method:
    """The method by which the agent has called back, or the last; cleaned up behind."""
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
                arrival.result()  # raises what came instead of the agent
                break
        finally:
            answered = arrival.done() and not arrival.cancelled() and not arrival.exception()
            await _tidy(way, answered=answered)
    return way


def _silent(pid: int, waiting_for: str) -> MemtuiError:
    """Nobody called back: why, as far as it can be told from outside."""
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
    return PtraceMethod(facts, bare_payload(meeting.path_in_target, meeting.token), text)


async def _pursue(way: Method, arrival: Arrival, deadline: float) -> None:
    """Look again and again, until there is an arrival or the deadline (of perf_counter) passes."""
    while not arrival.done() and time.perf_counter() < deadline:
        pause = min(way.look(), deadline - time.perf_counter())
        await asyncio.wait((arrival,), timeout=max(0.0, pause))


async def _tidy(way: Method, *, answered: bool) -> None:
    """Leave nothing behind: now if it can be, otherwise as soon as the target lets us."""
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


#: What is still to be cleaned up; the event loop itself holds its tasks weakly.
_tidying: set[asyncio.Task[None]] = set()


async def _tidy_later(way: Method, *, answered: bool) -> None:
    """The same in the background, a last time when the event loop ends."""
    try:
        while not way.tidy(answered=answered):  # noqa: ASYNC110 (the target sends no event)
            await asyncio.sleep(_TIDY_LATER)
    except asyncio.CancelledError:
        way.tidy(answered=answered)
        raise
    finally:
        way.close()
