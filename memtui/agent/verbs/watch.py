"""Begin to watch the calls of one function.

The viewer asks for what was captured as often as it likes (``watched``).  So the agent has one request
at a time here as everywhere, and a viewer that is slow or asleep costs the target nothing: its queue is
full, and calls are only counted.
"""

from ..objects.refusal import Refusal
from ..watch.record import Wish
from ..watch.watching import Watch, mind_forks

#: Watches of one session at a time.
LIMIT = 8


VERB = {
    "args": {
        "target": ("text",),
        "condition": ("tree", None),
        "expr": ("tree", None),
        "limit": ("natural", 0),
        "depth": (("number", 0, 6), 1),
        "errors_only": ("flag", False),
    },
    "walks": False,
    "changes": True,
}


def watch(session, _meter, target, condition, expr, limit, depth, errors_only):
    """Verb: begin to watch ``target``; answers with a number to ask for its calls by."""
    wish = Wish(condition, expr, limit, depth, errors_only)
    if len(session.watches) >= LIMIT:
        raise Refusal("too-many-watches", watched=LIMIT)
    yield None
    found = Watch(target, wish)
    number = max(session.watches, default=0) + 1
    session.watches[number] = found
    session.undo.append(found.stop)
    mind_forks(session.server, found)
    try:
        found.start()
    except Refusal:
        del session.watches[number]
        found.stop()
        raise
    session.server.chores.append(found.chore)
    answer = found.describe()
    answer["number"] = number
    return answer
