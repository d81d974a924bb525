"""The end of a watch."""

from .watched import watch_of

VERB = {
    "args": {"number": ("natural",)},
    "walks": False,
    "changes": False,
}


def unwatch(session, _meter, number):
    """Verb: stop watching; answers like ``watched``, for the last time."""
    found = watch_of(session, number)
    found.stop()
    yield None
    del session.watches[number]
    session.undo.remove(found.stop)
    return found.poll()
