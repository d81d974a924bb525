"""Long containers, read in parts, and whether they changed meanwhile."""

from ..entry import guest

#: Containers with more items are read on their own, in parts of so many.
LONG, _PART = 200, 2000
#: Of one that changes while it is read more are taken at once.
_PART_OF_CHANGING = 50000
#: So far into it nothing is walked over again: that would take too long.
_FARTHEST = 1000000


def parts(value, counts):
    """Lists of what a long container holds; ``counts`` learns of one that changes meanwhile."""
    changes = Changes(value)
    sources = [value]
    if type(value) is dict:
        sources = [dict.values(value), dict.keys(value)]
    del value
    while sources:
        done, many, inside = 0, _PART, iter(sources[0])
        while True:
            try:
                part = list(guest.itertools.islice(inside, many))
            except RuntimeError:
                changes.seen = True
                if changes.kind is not dict or done > _FARTHEST:
                    break
                # Dicts keep their order: what was met comes first.  From here on so many are taken
                # at once that little is walked over again.
                many, inside = (
                    _PART_OF_CHANGING,
                    guest.itertools.islice(iter(sources[0]), done, None),
                )
                continue
            if not part:
                break
            done += len(part)
            counts.in_changing = changes.now(len(sources[0]), done)
            while part:
                some = part[-_PART:]
                del part[-_PART:]
                yield some
        changes.now(len(sources[0]), done)
        del sources[0]
    counts.in_changing = False
    counts.changed += changes.seen


class Changes:
    """Whether one container changes while it is read in parts."""

    __slots__ = ("_many", "kind", "seen")

    def __init__(self, value):
        self.kind, self._many, self.seen = type(value), len(value), False

    def now(self, many, done):
        """Whether it has changed, where it has ``many`` items and ``done`` of them were read."""
        self.seen = self.seen or many != self._many or done > many
        return self.seen


def in_parts(inside):
    """Lists of what the iterator ``inside`` gives, as far as nothing changes it."""
    while True:
        try:
            part = list(guest.itertools.islice(inside, _PART))
        except RuntimeError:
            return
        if not part:
            return
        yield part
