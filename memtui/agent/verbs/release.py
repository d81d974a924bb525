"""Letting go of what a page holds."""

VERB = {
    "args": {"globals": ("flag", False)},
    "walks": False,
    "changes": False,
}


def release(session, _meter, globals):  # noqa: A002 (the protocol's name)
    """Verb: let go of the page's objects; with ``globals`` of those of a module's globals instead."""
    if globals:
        session.shelf = None
    else:
        session.page = None
    yield None
    return {}
