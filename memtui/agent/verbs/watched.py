"""What a watch has captured."""

from ..objects.refusal import Refusal

VERB = {
    "args": {"number": ("natural",)},
    "walks": False,
    "changes": False,
}


def watched(session, _meter, number):
    """Verb: the calls captured since the last time, and how many there were."""
    yield None
    return watch_of(session, number).poll()


def watch_of(session, number):
    """The watch of that number in this session."""
    if number not in session.watches:
        raise Refusal("no-such-watch", watch=number)
    return session.watches[number]
