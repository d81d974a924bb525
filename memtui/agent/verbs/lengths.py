"""How long containers are now that are shown already."""

from ..entry import guest
from ..objects import edges
from ..objects import marks as marking

VERB = {
    "args": {"addresses": (("naturals", 200),), "marks": ("flag", False)},
    "walks": False,
    "changes": False,
}


def lengths(session, _meter, addresses, marks):
    """Verb: how many items each of the objects has now that the open page or globals show.

    None for what has no length and for what is not there any more.  With ``marks`` also what tells
    whether it has the same entries, see :func:`marks.of`.
    """
    yield None
    at = guest.time.time_ns() // 1000
    held = {}
    for page in (session.page, session.shelf):
        if page is not None:
            held.update(page.objects)
    known = [held.get(each) for each in addresses]
    del held
    answer = {"at": at, "lengths": list(map(edges.length_of, known))}
    if marks:
        answer["marks"] = found = []
        while known:
            found.append(marking.of(known.pop(0)))
            yield None
    return answer
