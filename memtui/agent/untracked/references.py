"""What many objects refer to, in lists that do not get too long."""

from ..entry import guest
from ..objects import names, sizes
from .parts import LONG

_chain = guest.itertools.chain.from_iterable
_compress, _filterfalse = guest.itertools.compress, guest.itertools.filterfalse
_referents = guest.gc.get_referents
#: Up to 3.10 dicts of instances share their keys, and are smaller than any that has its own.
_SHARES_KEYS = guest.sys.version_info < (3, 11)


def all_references(objects, counts):
    """All that ``objects`` refer to, those that say nothing of the keys of their dicts included.

    ``counts`` learns of a dict that changes meanwhile: what comes after it is not met.
    """
    ids = list(map(id, map(type, objects)))
    is_dict = {id(dict)}.__contains__
    dicts = list(_compress(objects, map(is_dict, ids)))
    others = list(_filterfalse(lambda each: type(each) is dict, objects))
    found = _referents(*others)
    derived = [each for each in others if _derives_from_dict(type(each))]
    try:
        found += _chain(map(dict.values, dicts))
        found += _chain(map(dict.keys, _with_keys(dicts)))
        if derived:
            found += [key for key in _chain(map(dict.keys, derived)) if type(key) is str]
    except RuntimeError:
        counts.changed += 1
    return found


def _derives_from_dict(kind):
    return any(each is dict for each in names.mro_of(kind))


def _with_keys(dicts):
    """The dicts that hold their keys themselves."""
    if not _SHARES_KEYS:
        return dicts
    table = zip(dicts, map(sizes.getsizeof, dicts), map(len, dicts))
    return [each for each, size, length in table if size >= max(232, 64 + 24 * length)]


def take_large(objects):
    """Takes long containers out of ``objects``: the list of all they refer to would be long."""
    found = []
    for kind in (dict, list, tuple, set):
        some = list(_compress(objects, map({id(kind)}.__contains__, map(id, map(type, objects)))))
        if some and max(map(len, some)) > LONG:
            found += [each for each in some if len(each) > LONG]
    if found:
        ids = set(map(id, found))
        objects[:] = [each for each in objects if id(each) not in ids]
    return found
