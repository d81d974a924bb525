"""The attributes of objects and their names, without their code and without making a ``__dict__``."""

from ..entry import guest
from . import kinds, names, suspended
from .reading import MISSING

_read = object.__getattribute__
_dictoffset = type.__dict__["__dictoffset__"].__get__


class _OneSlot:
    __slots__ = ("field",)


#: Class attributes of these types do not hide an instance's attribute, and reading runs nothing.
_PLAIN = set(map(id, (int, str, bytes, float, bool, complex, list, tuple, dict, set, frozenset)))
_PLAIN |= {id(type(None)), id(kinds.function)}
#: By type, its getset descriptors that give what is there: they neither make anything nor, as the
#: ``__qualname__`` of a method does, ask the type of something else.
_QUIET = {
    id(kinds.function): ("__code__", "__defaults__", "__kwdefaults__", "__name__", "__qualname__"),
    id(kinds.builtin): ("__self__",),
    id(kinds.cell): ("cell_contents",),
    id(kinds.generator): ("gi_code", "gi_yieldfrom"),
    id(kinds.coroutine): ("cr_code", "cr_await"),
    id(kinds.async_generator): ("ag_code", "ag_await"),
    id(BaseException): ("args", "__traceback__", "__context__", "__cause__"),
}
#: Where classes write down the names of attributes.
_WRITTEN = (  # noqa: SIM905
    "__static_attributes__ __annotations__ __annotations_cache__ __dataclass_fields__"
    " __match_args__ __pydantic_fields__ _fields"
).split()
#: Since 3.9 an instance of a class written in Python tells its class too ...
_TELLS_CLASS = _OneSlot in guest.gc.get_referents(_OneSlot())
#: ... and since 3.13 the attributes in it even if a dict shows them.
_TELLS_INLINE = guest.sys.version_info >= (3, 13)
#: Attributes of a function that are left out; of a generator, its names.
_DULL = ("__builtins__", "__doc__", "__module__", "__name__", "__qualname__")
_MOST_NAMES = 3000


class Reader:
    """Finds attributes; it remembers the names of each class, so keep one for a whole request."""

    __slots__ = ("_names",)

    def __init__(self):
        self._names = {}

    def pairs(self, value, items=()):
        """[(edge, child)] of the attributes of ``value``.

        ``items`` are what a container holds: those are no attributes.  None: the
        container is too large to be traversed; then attributes whose name is unknown are left out.
        """
        kind = type(value)
        referents = [] if items is None else guest.gc.get_referents(value)
        left = _unnamed(referents, kind, items or ())
        described = list(_described(value, kind))
        if referents:
            described += suspended.variables(value, referents)
        described += suspended.own_names(value)
        pairs = []
        for name, child in described:
            if not _take(left, child):
                continue
            if name in _DULL and suspended.own_names(value):
                continue
            if kind is not kinds.function:
                pairs.append((name, child))
            elif name == "__closure__" and child is not None:
                pairs += [("__closure__[%d]" % index, cell) for index, cell in enumerate(child)]
            elif child is not None and name not in _DULL:
                pairs.append((name, child))
        if _dictoffset(kind):
            inside = _namespace(value, kind, left)
            if inside is not None:
                pairs += _from_namespace(inside, left)
            elif left or items is None:
                pairs += self._inline(value, kind, left, whole=items is not None and not items)
        found = [("." + name if type(name) is str else ".?", child) for name, child in pairs]
        rest = [each for each, times in left.values() for _ in range(times)]
        return found + [(".?", each) for each in rest if not suspended.is_shell(each)]

    def _inline(self, value, kind, left, *, whole):
        """Attributes that lie in the instance; takes what it finds out of ``left``.

        ``whole``: there are no others than in ``left``.  What reading gives may be the class' own: an
        object that the class has by that name is an attribute only if nothing else explains it.
        """
        pairs, shared = [], []
        for name in self._names_of(kind):
            if whole and not left:
                break
            held = names.in_mro(kind, name, MISSING)
            if held is not MISSING and not _is_plain(held):
                continue
            try:
                child = _read(value, name)
            except AttributeError:
                continue
            if child is held:
                shared.append((name, child))
            elif held is MISSING or id(child) in left:
                _take(left, child)
                pairs.append((name, child))
        return pairs + [(name, child) for name, child in shared if _take(left, child)]

    def _names_of(self, kind):
        known = self._names.get(id(kind))
        if known is None:
            # The class is held, so that its id stays its own.
            known = self._names[id(kind)] = (
                kind,
                list(guest.itertools.islice(_written(kind), _MOST_NAMES)),
            )
        return known[1]


def _unnamed(referents, kind, items):
    """``{id: [object, times]}`` of what an instance of ``kind`` refers to, but for its class and ``items``."""
    foreign = set(map(id, items))
    left = {}
    for each in referents:
        if id(each) not in foreign:
            left.setdefault(id(each), [each, 0])[1] += 1
    if _TELLS_CLASS and kinds.flags_of(kind) & kinds.HEAP_TYPE:
        _take(left, kind)
    return left


def _take(left, child):
    """Take one reference to ``child`` out of ``left``; False where there is none."""
    known = left.get(id(child))
    if known is None:
        return False
    known[1] -= 1
    if not known[1]:
        del left[id(child)]
    return True


def _is_plain(held):
    """Whether what a class has neither hides the attribute of an instance nor runs code when it is read."""
    kind = type(held)
    return id(kind) in _PLAIN or names.in_mro(kind, "__get__", MISSING) is MISSING


def _from_namespace(inside, left):
    """The attributes in a ``__dict__``; takes it, and what it shares with the instance, out of ``left``."""
    _take(left, inside)
    pairs = list(inside.items())
    if _TELLS_INLINE:
        for _, child in pairs:
            _take(left, child)
    return pairs


def _described(value, kind):
    """(name, child) of slots, and of the fields that types written in C describe."""
    for base in names.mro_of(kind):
        quiet = _QUIET.get(id(base), ())
        for name, found in names.dict_of(base).items():
            if type(name) is not str or name in ("__dict__", "__weakref__"):
                continue
            if type(found) is kinds.member or (type(found) is kinds.getset and name in quiet):
                try:
                    child = found.__get__(value, kind)
                except Exception:
                    continue  # An empty slot.
                yield name, child


def _namespace(value, kind, left):
    """The instance's ``__dict__`` if it exists; it must not be asked for, that would make it."""
    for each, _ in left.values():
        if type(each) is dict and each and _is_namespace(value, kind, each):
            return each
    return None


def _is_namespace(value, kind, inside):
    verified = False
    for name, child in list(guest.itertools.islice(dict.items(inside), 8)):
        if type(name) is not str:
            return False
        held = names.in_mro(kind, name, MISSING)
        if held is MISSING or _is_plain(held):
            try:
                if _read(value, name) is not child:
                    return False
            except AttributeError:
                return False
            # What the class has as well proves nothing.
            verified = verified or child is not held
    return verified


def _written(kind):
    """Names that instances of ``kind`` may have attributes by, most likely ones first."""
    seen = set()
    functions = guest.itertools.chain(_methods(kind), _neighbours(kind), _makers(kind))
    codes = [code for function in functions for code in _codes(function)]
    used = (name for code in codes for name in code.co_names)
    spelled = (name for code in codes for name in _spelled(code))
    for name in guest.itertools.chain(_declared(kind), used, spelled):
        if type(name) is str and name not in seen:
            seen.add(name)
            yield name


def _declared(kind):
    for base in names.mro_of(kind):
        inside = names.dict_of(base)
        for where in _WRITTEN:
            found = inside.get(where)
            if type(found) in (tuple, list, dict):
                yield from list(found)


def _methods(kind):
    for base in names.mro_of(kind):
        for found in list(names.dict_of(base).values()):
            if type(found) is classmethod or type(found) is staticmethod:
                yield found.__func__
            elif type(found) is property:
                yield found.fget
            else:
                yield found


def _neighbours(kind):
    """The functions beside the class: they may set attributes of its instances as well."""
    module = guest.entry(guest.sys.modules, names.module_of(kind))
    return list(module.__dict__.values()) if type(module) is kinds.module else ()


def _makers(kind):
    """The functions of the metaclass and of its module: they may set attributes when a class is made."""
    meta = type(kind)
    if meta is type:
        return
    yield from _methods(meta)
    for found in _neighbours(meta):
        yield found
        if type(found) is type and names.module_of(found) == names.module_of(meta):
            yield from list(names.dict_of(found).values())


def _codes(found):
    """The code of a function and of what is defined inside of it."""
    todo = [found.__code__] if type(found) is kinds.function else []
    while todo:
        code = todo.pop()
        yield code
        todo += [each for each in code.co_consts if type(each) is kinds.code]


def _spelled(code):
    """Words that setattr or a call with keywords may make attributes of."""
    yield from names.variables_of(code)
    for each in code.co_consts:
        words = each if type(each) is tuple else (each,)
        for word in words:
            if type(word) is str and word.isidentifier():
                yield word
