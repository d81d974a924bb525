"""How long containers are now that are shown already."""

from ..entry import guest
from ..objects import edges

VERB = {
    "args": {"addresses": (("naturals", 200),)},
    "walks": False,
    "changes": False,
}


def lengths(session, _meter, addresses):
    """Verb: how many items each of the objects has now that the open page or globals show.

    None for what has no length and for what is not there any more.
    """
    yield None
    at = guest.time.time_ns() // 1000
    held = {}
    for page in (session.page, session.shelf):
        if page is not None:
            held.update(page.objects)
    known = [held.get(each) for each in addresses]
    return {"at": at, "lengths": list(map(edges.length_of, known))}
