"""Refusals, and reasons why a value is not known: codes with facts.  The viewer has the words."""

#: Names that one may have been meant for: how far they may be off in length, how long, and how many.
_OFF, _LONGEST, _MOST = 8, 100, 1000


class Refusal(Exception):
    """A request that is not done: ``code`` says why, ``facts`` (what packs) with what."""

    __slots__ = ("code", "facts")

    def __init__(self, code, **facts):
        Exception.__init__(self, code)
        self.code = code
        self.facts = facts

    def as_dict(self):
        """The ``error`` of an answer."""
        return reason(self.code, **self.facts)


def reason(code, **facts):
    """A code with its facts, for a part of an answer that is no error."""
    return {"code": code, "facts": facts}


def candidates(wanted, names):
    """Some of ``names``, about as long as ``wanted``: among them the viewer looks for a similar one."""
    near = [
        (abs(len(name) - len(wanted)), name)
        for name in names
        if type(name) is str and len(name) < _LONGEST and abs(len(name) - len(wanted)) < _OFF
    ]
    return [name for _, name in sorted(near)[:_MOST]]
