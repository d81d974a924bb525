"""Containers so large that they are traversed on their own: the list of all they refer to would be long."""

from ..entry import guest

#: The most items of a container that is traversed with others.
LARGE = 20000


def among(objects):
    """The large builtin containers among ``objects``."""
    found = []
    for kind in (dict, list, tuple, set):
        is_kind = {id(kind)}.__contains__
        some = list(guest.itertools.compress(objects, map(is_kind, map(id, map(type, objects)))))
        if some and max(map(len, some)) > LARGE:
            found += [each for each in some if len(each) > LARGE]
    return found


def slices(value):
    """Lists of what a large container refers to; one that changes meanwhile is taken as it comes."""
    parts = [value]
    if type(value) is dict:
        parts = [dict.keys(value), dict.values(value)]
    for part in parts:
        inside = iter(part)
        while True:
            try:
                some = list(guest.itertools.islice(inside, LARGE))
            except RuntimeError:
                break
            if not some:
                break
            yield some
