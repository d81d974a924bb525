"""A target whose classes, metaclasses and values record every line of their code that somebody runs.

``CALLS`` names what was called since ``arm()``; ``disarm()`` before looking at it.
"""

import sys

from holding import hold

CALLS = []
ARMED = [False]
DEPTH = 10 << 20


def record(what):
    if ARMED[0]:
        CALLS.append(what)
    raise ZeroDivisionError(what)


def arm():
    del CALLS[:]
    ARMED[0] = True


def disarm():
    ARMED[0] = False


def trap(what, quiet=False):
    def method(self, *args, **kwargs):
        if ARMED[0]:
            CALLS.append(what)
            if not quiet:
                raise ZeroDivisionError(what)
        return (
            object.__getattribute__(self, *args)
            if what.endswith("__getattribute__")
            else NotImplemented
        )

    return method


NAMES = """__repr__ __str__ __len__ __eq__ __ne__ __hash__ __lt__ __bool__ __iter__ __contains__ __getitem__
__call__ __getattr__ __setattr__ __dir__ __format__ __sizeof__ __reduce__ __reduce_ex__ __index__ __int__
__float__ __instancecheck__ __subclasscheck__ __get__ __length_hint__ __fspath__ __await__ __next__
__missing__ __buffer__ __copy__ __deepcopy__ __getstate__ __subclasses__ mro_""".split()


def traps(prefix):
    return {name: trap(prefix + name) for name in NAMES}


class Meta(type):
    locals().update(traps("Meta."))
    __call__ = lambda cls, *args: record("Meta.__call__") if ARMED[0] else type.__call__(cls, *args)
    __getattribute__ = lambda cls, name: _type_read(cls, name, "Meta.__getattribute__")
    __class__ = property(lambda cls: record("Meta.__class__"))
    __module__ = "__main__"


def _type_read(cls, name, what):
    if ARMED[0]:
        CALLS.append(what + ":" + name)
        raise ZeroDivisionError(what)
    return type.__getattribute__(cls, name)


class Descriptor(object):
    def __get__(self, instance, owner):
        return record("Descriptor.__get__")


class Nasty(object, metaclass=Meta):
    locals().update(traps("Nasty."))
    __getattribute__ = trap("Nasty.__getattribute__")
    __class__ = property(lambda self: record("Nasty.__class__"))
    computed = property(lambda self: record("Nasty.computed"))
    described = Descriptor()
    shadowed = Descriptor()

    def __init__(self, number):
        write = object.__setattr__
        write(self, "number", number)
        write(self, "items", [number])
        if number:
            self.__dict__["shadowed"] = number

    def __del__(self):
        if ARMED[0]:
            CALLS.append("Nasty.__del__")

    def work(self):
        return self.number, self.items, self.computed, self.described, self.other


class NastySlots(Nasty):
    __slots__ = ("first", "empty")


class NastyDict(dict, metaclass=Meta):
    locals().update(traps("NastyDict."))
    __getattribute__ = trap("NastyDict.__getattribute__")
    items = keys = values = trap("NastyDict.items")


class NastyList(list, metaclass=Meta):
    locals().update(traps("NastyList."))
    __getattribute__ = trap("NastyList.__getattribute__")


class NastyText(str):
    locals().update(
        {
            name: value
            for name, value in traps("NastyText.").items()
            if name not in ("__hash__", "__eq__")
        }
    )
    __getattribute__ = trap("NastyText.__getattribute__")


class NastyKey(object):
    """A key that may be hashed to put it in, and never again."""

    def __hash__(self):
        return record("NastyKey.__hash__") if ARMED[0] else 1

    def __eq__(self, other):
        return record("NastyKey.__eq__") if ARMED[0] else self is other

    __repr__ = trap("NastyKey.__repr__")


class NastyError(Exception):
    __repr__ = __str__ = trap("NastyError.__repr__")


class Markup(object):
    pass


Markup.__name__ = "[@click=app.bell]x[/]"
Markup.__qualname__ = "\x1b]0;owned\x07[red]\u202eevil\ud800"


class Named(object):
    pass


type.__dict__["__qualname__"].__set__(Named, NastyText("Named"))
Named.__module__ = property(trap("Named.__module__"))


class Lazy(object):
    """Any attribute that is asked for is made: nothing may ask."""

    def __getattr__(self, name):
        record("Lazy.__getattr__")


def running():
    secret = Nasty(5)
    yield secret


nasty = [Nasty(number) for number in range(20)]
slotted = [NastySlots(number) for number in range(3)]
for each in slotted:
    NastySlots.__dict__["first"].__set__(each, nasty[0])
mapping = NastyDict()
dict.__setitem__(mapping, "key", nasty[1])
listing = NastyList([1, nasty[2]])
keyed = {NastyKey(): nasty[3], "plain": NastyKey(), NastyText("text"): 1, 10**400: 2}
sets = [{NastyKey()}, frozenset([NastyKey()])]
error = NastyError(nasty[4])
markup = [Markup() for _ in range(3)]
named = [Named() for _ in range(3)]
lazy = [Lazy() for _ in range(3)]
generator = running()
next(generator)
closure = (lambda held: lambda: held)(nasty[5])
bound = Nasty.__dict__["work"].__get__(nasty[6])


class Holder(object):
    def __init__(self):
        self.nasty = nasty
        self.slotted = slotted
        self.mapping = mapping
        self.listing = listing
        self.keyed = keyed
        self.sets = sets
        self.error = error
        self.markup = markup
        self.named = named
        self.lazy = lazy
        self.generator = generator
        self.closure = closure
        self.bound = bound
        self.types = [Meta, Nasty, NastySlots, NastyDict, Markup, Named]
        self.text = "x" * DEPTH
        self.bytes = b"\x1b" * DEPTH
        self.number = 10**100000
        self.cycle = self


holder = Holder()

hold()
