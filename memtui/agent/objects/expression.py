"""Walks the trees of the expression language; runs nothing but this file and C of the interpreter.

The viewer parses (``model/expression.py`` has the grammar and the form of the trees); here a tree becomes
closures once, for a condition of a watched method is asked at every call.  What cannot be known
without running the application's code is a :class:`~memtui.agent.objects.reading.ReadError`.
"""

from ..entry import guest
from . import names, reading
from .refusal import Refusal

# Deepest tree and longest list in it; the viewer refuses texts that would need more.
_DEPTH = 30
_WIDTH = 500

_ATOMS = reading.ATOMS
_NAMES = frozenset(("args", "kwargs", "target", "obj", "return_obj", "error", "cost_ms"))
_ORDERS = {
    "<": guest.operator.lt,
    "<=": guest.operator.le,
    ">": guest.operator.gt,
    ">=": guest.operator.ge,
}


def build(tree):
    """A function of a dict of names that gives the tree's value, or raises ReadError.

    A tree that no viewer of this version sends is refused.
    """
    try:
        return _build(tree, _DEPTH)
    except reading.ReadError:
        raise Refusal("bad-tree", part="value") from None


def literal(tree):
    """The constant that a tree stands for; other trees are refused."""
    return _literal(tree, _DEPTH)


def names_in(tree):
    """The set of names that a tree speaks of."""
    if type(tree) is not list or not tree:
        return set()
    if tree[0] == "name":
        return {tree[1]}
    found = set()
    for part in tree[1:]:
        found |= names_in(part)
    return found


def _build(tree, depth):
    if not depth or type(tree) is not list or len(tree) < 2 or len(tree) > _WIDTH:
        raise Refusal("bad-tree", part="form")
    kind = tree[0]
    maker = _MAKERS.get(kind) if type(kind) is str else None
    if maker is None:
        raise Refusal("bad-tree", part="part")
    return maker(tree, depth - 1)


def _name(tree, _depth):
    name = tree[1]
    if len(tree) != 2 or type(name) is not str or name not in _NAMES:
        raise Refusal("bad-tree", part="name")

    def look_up(scope):
        try:
            return scope[name]
        except KeyError:
            raise reading.ReadError("not-yet", name=name) from None

    return look_up


def _value(tree, _depth):
    value = tree[1]
    if len(tree) != 2 or id(type(value)) not in _ATOMS:
        raise Refusal("bad-tree", part="value")
    return lambda _scope: value


def _number(tree, _depth):
    text = tree[1]
    if type(text) is not str or len(text) > 2000:
        raise Refusal("bad-tree", part="number")
    try:
        value = int(text) if tree[0] == "int" else float(text)
    except ValueError:
        raise Refusal("bad-tree", part="number") from None
    return lambda _scope: value


def _tuple(tree, depth):
    value = tuple([_build(part, depth)({}) for part in tree[1:]])
    return lambda _scope: value


def _attr(tree, depth):
    owner, name = _build(tree[1], depth), tree[2] if len(tree) == 3 else None
    if type(name) is not str:
        raise Refusal("bad-tree", part="attribute")
    read = reading.attribute
    return lambda scope: read(owner(scope), name)


def _item(tree, depth):
    if len(tree) != 3:
        raise Refusal("bad-tree", part="index")
    owner, key = _build(tree[1], depth), _literal(tree[2], depth)
    read = reading.item
    if type(key) is not int:
        return lambda scope: read(owner(scope), key)

    def index(scope):
        thing = owner(scope)
        if type(thing) is tuple or type(thing) is list:
            try:
                return thing[key]
            except IndexError:
                pass
        return read(thing, key)

    return index


def _literal(tree, depth):
    if type(tree) is not list or not tree or tree[0] not in ("value", "int", "float", "tuple"):
        raise Refusal("bad-tree", part="key")
    return _build(tree, depth)({})


def _len(tree, depth):
    inner, length = _build(tree[1], depth), reading.length
    return lambda scope: length(inner(scope))


def _type(tree, depth):
    inner, spelled = _build(tree[1], depth), names.name_of
    return lambda scope: spelled(type(inner(scope)))


def _not(tree, depth):
    inner = _build(tree[1], depth)
    return lambda scope: not truth(inner(scope))


def _and(tree, depth):
    *parts, last = [_build(part, depth) for part in tree[1:]]

    def all_of(scope):
        for part in parts:
            value = part(scope)
            if not truth(value):
                return value
        return last(scope)

    return all_of


def _or(tree, depth):
    *parts, last = [_build(part, depth) for part in tree[1:]]

    def any_of(scope):
        for part in parts:
            value = part(scope)
            if truth(value):
                return value
        return last(scope)

    return any_of


def _compare(tree, depth):
    if len(tree) < 4 or len(tree) % 2:
        raise Refusal("bad-tree", part="comparison")
    left = _build(tree[1], depth)
    steps = [_step(tree[at], tree[at + 1], depth) for at in range(2, len(tree), 2)]
    if len(steps) == 1:
        compare, right = steps[0]
        return lambda scope: compare(left(scope), right(scope))

    def chain(scope):
        value = left(scope)
        for compare, right in steps:
            other = right(scope)
            if not compare(value, other):
                return False
            value = other
        return True

    return chain


def _step(op, right, depth):
    compare = _COMPARISONS.get(op) if type(op) is str else None
    if compare is None:
        raise Refusal("bad-tree", part="comparison")
    return compare, _build(right, depth)


def _equal(left, right):
    if id(type(left)) not in _ATOMS or id(type(right)) not in _ATOMS:
        _comparable(left)
        _comparable(right)
    return left == right


def _comparable(value):
    kind = type(value)
    if id(kind) in _ATOMS or (kind is tuple and reading.flat(value)):
        return
    raise reading.ReadError("not-compared", type=names.name_of(kind))


def _ordered(op):
    order = _ORDERS[op]

    def compare(left, right):
        if id(type(left)) not in _ATOMS or id(type(right)) not in _ATOMS:
            _comparable(left)
            _comparable(right)
        try:
            return order(left, right)
        except TypeError:
            sides = {"left": names.name_of(type(left)), "right": names.name_of(type(right))}
            raise reading.ReadError("no-order", op=op, **sides) from None

    return compare


def _within(left, right):
    _comparable(left)
    return reading.contains(right, left)


def truth(value):
    """Whether a value counts as true; raises ReadError where only its own code could tell."""
    kind = type(value)
    if kind is bool:
        return value
    if id(kind) in _ATOMS:
        return bool(value)
    for special in ("__bool__", "__len__"):
        found = names.in_mro(kind, special, reading.MISSING)
        if found is not reading.MISSING:
            base = reading.container(kind)
            if base is None or base.__dict__.get(special) is not found:
                raise reading.ReadError("no-truth", type=names.name_of(kind))
            return base.__len__(value) > 0
    return True


_MAKERS = {
    "name": _name,
    "value": _value,
    "int": _number,
    "float": _number,
    "tuple": _tuple,
    "attr": _attr,
    "item": _item,
    "len": _len,
    "type": _type,
    "not": _not,
    "and": _and,
    "or": _or,
    "compare": _compare,
}
_COMPARISONS = {
    "==": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<": _ordered("<"),
    "<=": _ordered("<="),
    ">": _ordered(">"),
    ">=": _ordered(">="),
    "in": _within,
    "not in": lambda left, right: not _within(left, right),
    "is": lambda left, right: left is right,
    "is not": lambda left, right: left is not right,
}
