"""Verb ``allocations``: start tracemalloc, see how it stands, take totals, stop it."""

from ..allocations.tracing import SharedTracing
from ..entry import guest

_tracemalloc = guest.borrow("_tracemalloc")
#: The tracing of this process: it outlives each session but the last that uses it.
tracing = SharedTracing()


def may_change(args):
    """Tracing that is on can be used by a read-only session, but not started or reset."""
    do = args["do"]
    return do == "reset-peak" or (do == "start" and not _tracemalloc.is_tracing())


VERB = {
    "args": {
        "do": (("word", "start", "state", "snapshot", "reset-peak", "stop"),),
        "depth": (("number", 1, 100), 1),
        "budget": ("natural", 0),
        "milliseconds": ("natural", 0),
        "consent": ("flag", False),
    },
    "walks": False,
    "changes": "may_change",
}


def allocations(session, _meter, do, depth, budget, milliseconds, consent):
    """Verb: does what ``do`` says and answers how tracing stands then, a snapshot with its totals."""
    if do == "start":
        _arrange(session)
        tracing.start(session, depth, budget, milliseconds / 1000)
    elif do == "stop":
        tracing.leave(session)
    elif do == "reset-peak":
        tracing.reset_peak()
    elif do == "snapshot":
        return (yield from _snapshot(session, consent))
    yield None
    return tracing.state(session)


def _arrange(session):
    """Have the tracing watched, and ended with the session and in a child of the application."""
    server = session.server
    if tracing.check not in server.chores:
        server.chores.append(tracing.check)
        server.in_child(tracing.forked)
    session.undo.append(lambda: tracing.leave(session))


def _snapshot(session, consent):
    at = guest.time.time_ns() // 1000
    found = yield from tracing.snapshot(consent)
    found["at"] = at
    found["tracing"] = tracing.state(session)
    return found
