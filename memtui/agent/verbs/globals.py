"""A module's globals, as nodes: the containers first, the longest of them on top."""

from ..entry import guest
from ..heap import pages
from ..objects import attributes, edges, expression, kinds, names, ours, preview, reading, sizes
from ..objects.modules import container_length, is_dull, is_module, loaded, namespace_of
from ..objects.refusal import Refusal, candidates

#: Globals are looked at so many at a time.
_PACE = 40
#: Attributes of one object that are looked through for the longest container.
_LOOKED_AT = 2000
#: Edges of an object that a dotted name may lead along.
_FOLLOWED = 20000
_DEFAULTS = (".__defaults__", ".__kwdefaults__")


VERB = {
    "args": {
        "module": ("text",),
        "name": ("text", None),
        "path": ("tree", None),
        "offset": ("natural", 0),
        "limit": (("number", 1, 200), 200),
        "depth": (("number", 0, 6), 0),
        "order": (("word", "length", "size", "name"), "length"),
    },
    "walks": False,
    "changes": False,
}


def globals(session, _meter, module, name, path, offset, limit, depth, order):  # noqa: A001 (the protocol's name)
    """Verb: globals of a module, or the one that the dotted ``name`` leads to, as nodes to expand.

    With a ``path``, that leads there: a list of steps, ``["attr", "name"]`` or ``["item", TREE]``.
    They are held until the next such request, a release of them or the end of the session.
    """
    if not offset:
        session.shelf = None
    yield None
    every = loaded()
    if module not in every:
        raise Refusal("no-such-module", module=module, candidates=candidates(module, every))
    found = every[module]
    del every
    if not is_module(found):
        raise Refusal("not-a-module", module=module, type=names.name_of(type(found)))
    inside = namespace_of(found)
    rows = ours.pairs(inside.items()) if type(inside) is dict else []
    reader = attributes.Reader()
    if name is not None:
        steps = [["attr", each] for each in name.split(".")] if path is None else path
        value = yield from _follow(dict(rows), module, steps, reader)
        total, rows = 1, [(name, value, within(value, reader))]
    else:
        total = len(rows)
        rows = yield from _ordered(rows, order, reader)
    # The next ones of the same module are shown beside the first.
    if session.shelf is None:
        session.shelf = pages.OpenPage()
    rows = rows[offset : offset + limit]
    # Each gets its share, or the first would use up what one answer may hold.
    share = max(1, pages.BUDGET // max(1, len(rows)))
    shown = []
    while rows:
        each, value, longest = rows.pop(0)
        node = yield from pages.Writer(session.shelf, reader, share).node(value, depth)
        shown.append([_spelled(each), node, *(longest or (None, None))])
        del value
        if not len(shown) % _PACE:
            yield None
    session.shelf.keep(found)
    return {
        "module": module,
        "address": id(found),
        "size": sizes.size_of(found),
        "total": total,
        "offset": offset,
        "globals": shown,
    }


def _spelled(name):
    text = names.text_of(name)
    return "[%s]" % preview.brief(name) if text is None else text


def _ordered(rows, order, reader):
    """The rows ``(name, value, within)`` in the order asked for; what each module has comes last."""
    ranked = []
    while rows:
        name, value = rows.pop()
        longest = within(value, reader)
        length = container_length(value) or 0
        size = sizes.size_of(value)
        text = _spelled(name)
        key = {
            "length": (-max(length, longest[1] if longest else 0), -size, text),
            "size": (-size, -length, text),
            "name": (text,),
        }[order]
        ranked.append(((is_dull(name), key), name, value, longest))
        del value
        if not len(rows) % _PACE:
            yield None
    ranked.sort(key=lambda row: row[0])
    return [row[1:] for row in ranked]


def within(value, reader):
    """``[edge, length]`` of the longest container that a class, function or instance holds itself.

    None where it is itself a container or a module, and where there is none.
    """
    kind = type(value)
    if names.is_type(value):
        inside = guest.itertools.islice(list(names.dict_of(value).items()), _LOOKED_AT)
        pairs = [("." + name, each) for name, each in inside if type(name) is str]
    elif kind is kinds.function or (
        kinds.flags_of(kind) & kinds.HEAP_TYPE
        and edges.length_of(value) is None
        and not is_module(value)
    ):
        pairs = reader.pairs(value)[:_LOOKED_AT]
    else:
        return None
    best = None
    for edge, each in ours.pairs(pairs):
        if edge.startswith(".__") and edge not in _DEFAULTS:
            continue
        found = [(edge, each)]
        if edge in _DEFAULTS:
            found += edges.of(each, 0, 50, reader)[0] if each is not None else []
            found = [(edge + inner, item) for inner, item in found[1:]]
        for path, item in found:
            many = container_length(item)
            if many and (best is None or many > best[1]):
                best = [path, many]
    return best


def _follow(inside, module, steps, reader):
    """The object that ``steps`` lead to from the names ``inside`` a module, as Python would find it."""
    owner, kind, value = module, "module", None
    for place, step in enumerate(steps):
        if type(step) is not list or len(step) != 2:
            raise Refusal("bad-tree", part="step")
        if step[0] == "item":
            try:
                value = reading.item(value, expression.literal(step[1]))
            except reading.ReadError as error:
                raise Refusal(error.reason["code"], **error.reason["facts"]) from None
            owner = "this " + names.name_of(type(value))
        elif place:
            value = _attribute(value, step[1], owner, reader)
            owner = step[1]
        else:
            known = {_spelled(each): found for each, found in inside.items()}
            value = _entry(known, step[1], owner, kind)
            owner = step[1]
        yield None
    return value


def _entry(inside, name, owner, kind):
    if name not in inside:
        near = candidates(name, inside)
        raise Refusal("no-such-global", owner=owner, kind=kind, name=name, candidates=near)
    return inside[name]


def _attribute(value, name, owner, reader):
    """What reading ``name`` of ``value`` gives without running code; else what its edges show."""
    if is_module(value) or type(name) is not str:
        inside = namespace_of(value) if type(name) is str else None
        return _entry(dict(ours.pairs((inside or {}).items())), name, owner, "")
    try:
        found = ours.shown(reading.attribute(value, name))
        return _entry({} if found is reading.MISSING else {name: found}, name, owner, "")
    except reading.ReadError as error:
        why = error.reason
    pairs, _ = edges.of(value, 0, _FOLLOWED, reader)
    inside = {edge[1:]: each for edge, each in pairs if edge.startswith(".")}
    if name not in inside and why["code"] not in ("no-attribute", "no-class-attribute"):
        raise Refusal(why["code"], **why["facts"])
    return _entry(inside, name, owner, "")
