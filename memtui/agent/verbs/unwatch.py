"""The end of a watch."""

from .watched import watch_of

VERB = {
    "args": {"watch": ("natural",)},
    "walks": False,
    "changes": False,
}


def unwatch(session, _meter, watch):
    """Verb: stop watching; answers like ``watched``, for the last time."""
    found = watch_of(session, watch)
    found.stop()
    yield None
    del session.watches[watch]
    session.undo.remove(found.stop)
    return found.poll()
