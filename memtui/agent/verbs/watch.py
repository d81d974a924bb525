"""Begin to watch the calls of one function.

The viewer asks for what was captured as often as it likes (``watched``).  So the agent has one request
at a time here as everywhere, and a viewer that is slow or asleep costs the target nothing: its queue is
full, and calls are only counted.
"""

from ..objects import expression, reading
from ..objects.refusal import Refusal
from ..watch.record import Wish
from ..watch.watching import Watch, mind_forks

#: Watches of one session at a time.
LIMIT = 8


def watch(session, _meter, target, condition, expr, limit, depth, errors_only):
    """Verb: begin to watch ``target``; answers with a number to ask for its calls by."""
    if session.read_only:
        raise Refusal(
            "read-only",
            "watching changes how the target runs a function, and the session is read-only",
            "attach without --read-only to use it",
        )
    try:
        wish = Wish(condition, expr, limit, depth, errors_only)
    except (expression.TreeError, reading.ReadError) as error:
        raise Refusal("bad-args", str(error)) from None
    if len(session.watches) >= LIMIT:
        raise Refusal("busy", "%d functions are watched already" % LIMIT, "end one of them first")
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
    answer["watch"] = number
    return answer
