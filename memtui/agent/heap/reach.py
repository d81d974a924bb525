"""What the agent's modules consist of: their functions, classes and constants, which stay while the agent does.

The walk goes by kinds: a function, say, that a namespace of ours leads to is ours.  What changes from one
moment to the next is not in it, but only where that hangs: see :mod:`claim`.
"""

from ..entry import boot, guest
from ..objects import kinds, listening, names, ours
from . import claim

_is_tracked = guest.gc.is_tracked
_CONTAINERS = set(map(id, (dict, list, tuple, set, frozenset)))
#: What is ours if one of our namespaces leads to it.  Types as ids: comparing them would ask metaclasses.
_PARTS = _CONTAINERS | set(map(id, (property, classmethod, staticmethod, slice)))
_PARTS |= set(map(id, (kinds.method, kinds.cell, kinds.coroutine)))
_DESCRIPTORS = set(
    map(
        id,
        (
            kinds.member,
            kinds.getset,
            kinds.slot_wrapper,
            kinds.method_descriptor,
            kinds.classmethod_descriptor,
        ),
    )
)
_CODE_TELLS_NAMES = guest.sys.version_info < (3, 11)
#: Up to here types written in C are shared by all copies of their module, and counted.
_SHARES_TYPES = guest.sys.version_info < (3, 12)
_OFFERED = int(guest.sys.version_info >= (3, 10))
_type_of = kinds.builtin.__dict__["__self__"].__get__


class Namespaces:
    """All that was found: ``objects`` and their ``ids``, ``classes``, ``codes`` and the ids of those.

    ``changing`` are the containers among them that may hold something else tomorrow, ``instances`` those of our
    classes, which are not among them, ``callbacks`` what the interpreter has from us, ``copies`` names and modules in C.
    """

    __slots__ = (
        *("callbacks", "changing", "classes", "codes", "codes_by_id", "copies"),
        *("ids", "instances", "modules", "objects", "state"),
    )

    def __init__(self, modules):
        self.modules, self.state = modules, state()
        self.objects, self.changing, self.instances = [], [], []
        self.classes, self.codes, self.codes_by_id = [], [], set()
        self.callbacks, self.copies = [], []
        self.ids = set()
        spaces, rooms, classes, callbacks, copies = listening.parts()
        self.callbacks += [*boot.own().fork, *callbacks]
        self.copies += {id(pair[1]): pair for pair in (*boot.own().left.items(), *copies)}.values()
        self.changing.append(self.copies)
        walk = _Walk(self, rooms, spaces, classes)
        walk.stop_at([each.__defaults__[0] for each in boot.own().fork])
        todo = [*modules, boot.own(), boot.__dict__, boot.enter.__globals__]
        walk.run([*todo, *spaces, *rooms, *classes])
        # The specs in them are instances of the importer's classes.
        self.changing += spaces
        self.codes_by_id.update(map(id, self.codes))
        # A tuple that is not tracked stays so, and code is not where there is a GIL; a dict may be tracked tomorrow.
        self.objects[:] = [each for each in self.objects if type(each) is dict or _is_tracked(each)]
        self.objects += [getattr(self, name) for name in self.__slots__]
        self.ids.update(map(id, self.objects))

    def clear(self):
        """Let go of everything: it holds itself, and with it all of the agent."""
        for name in self.__slots__:
            getattr(self, name).clear()


class _Walk:
    __slots__ = ("_copies", "_foreign", "_found", "_modules", "_owns", "_spaces", "_theirs")

    def __init__(self, found, rooms, spaces, classes):
        self._found = found
        self._copies = [module for _, module in found.copies]
        self._modules = set(map(id, [*found.modules, *self._copies, *rooms]))
        self._foreign = _foreign()
        #: Ids of namespaces: dicts that change only when a module is loaded.
        untouched = boot.borrow.__globals__
        known = boot.__dict__, boot.enter.__globals__, untouched, untouched["apart"].__globals__
        self._spaces = set(map(id, known))
        self._spaces.update(map(id, spaces))
        self._spaces.update(id(each.__dict__) for each in found.modules)
        if type(__import__) is kinds.function:
            self._spaces.add(id(__import__.__globals__))
        #: Ids of the C types that were made for the agent, and of classes of the listener's.
        self._theirs = set(map(id, classes))
        #: Ids of our metaclass, and of the listener's.
        self._owns = {id(boot.own()), *(id(each) for each in classes if type in each.__bases__)}

    def stop_at(self, lists):
        """What is in ``lists`` of ours comes and goes."""
        self._foreign.update(map(id, lists))
        self._found.objects += lists
        self._found.changing += lists

    def run(self, todo):
        seen, found = self._foreign, self._found
        todo += self._borrowed(seen)
        while todo:
            parents, children = [], []
            for each in todo:
                if id(each) not in seen:
                    seen.add(id(each))
                    self._take(each, type(each), parents, children)
            found.objects += parents
            # One call for all: where there is no GIL each stops every other thread, and waits for it.
            todo = list(filter(claim.may_lead, guest.gc.get_referents(*parents))) + children

    def _take(self, each, kind, parents, children):
        found, owns = self._found, self._owns
        if id(type(kind)) in owns:
            found.instances.append(each)
        elif kind is kinds.code:
            found.codes.append(each)
            # Tracked itself only where there is no GIL; its tuples are, until a collection looks at them.
            found.objects.append(each)
            consts = each.co_consts
            children += [consts, each.co_names]
            # Most are not tracked, as those that refer to them are not.
            children += [inner for inner in consts if type(inner) is kinds.code]
            if _CODE_TELLS_NAMES:
                children += [each.co_varnames, each.co_freevars, each.co_cellvars]
        elif id(kind) in owns or id(each) in owns or (kind is type and id(each) in self._theirs):
            found.classes.append(each)
            parents.append(each)
            space = guest.gc.get_referents(names.dict_of(each))
            self._spaces.update(map(id, space))
            # Every class keeps weak references to those that derive from it.
            children += [*space, names.mro_of(each), names.bases_of(each)]
            found.objects += guest.weakrefs_of(each)
        elif kind is kinds.function:
            code = each.__code__
            if id(each.__globals__) in self._spaces or ours.is_of_ours(code):
                parents.append(each)
                children.append(code)
        elif id(kind) in _PARTS or (kind is kinds.module and id(each) in self._modules):
            if (kind is dict and id(each) not in self._spaces) or kind in (list, set, kinds.cell):
                found.changing.append(each)
            parents.append(each)
        elif kind is kinds.wrapper or self._was_made(each, kind):
            found.objects.append(each)

    def _was_made(self, each, kind):
        """Whether a descriptor is of a type of ours, or a C function of a copy or one that we bound."""
        if id(kind) in _DESCRIPTORS:
            owner = each.__objclass__
            return id(type(owner)) in self._owns or id(owner) in self._theirs
        if kind is not kinds.builtin:
            return False
        bound = _type_of(each)
        if type(bound) is kinds.module:
            return id(bound) in self._modules
        return id(bound) in self._theirs or each.__name__ != "__new__"

    def _borrowed(self, foreign):
        """Modules that were made for the agent, with what is in them."""
        made = {}
        for name, module in self._found.copies:
            space = module.__dict__
            self._found.changing.append(space)
            self._spaces.add(id(space))
            inside = guest.gc.get_referents(module) + list(space.values())
            # Lists of the collector's own are in a copy of its module, too.
            foreign.update(id(each) for each in inside if id(type(each)) in _CONTAINERS)
            foreign.discard(id(space))
            if name in self._found.state:
                # Up to 3.11 most are the same in all copies.
                foreign.update(map(id, guest.sys.modules[name].__dict__.values()))
            made.update((id(each), each) for each in inside if type(each) is type)
            del inside
        if _SHARES_TYPES:
            # There some are in no dict.
            known = {name for name, _ in self._found.copies}
            derived = type.__subclasses__(object)
            made.update((id(each), each) for each in derived if names.module_of(each) in known)
            del derived
        for key in foreign & made.keys():
            del made[key]
        self._theirs.update(_ours_alone(made, [each.__dict__ for each in self._copies]))
        return [*self._copies, *made.values()]


def state():
    """What else decides it: names of C modules that both we and the program have, and whether there is a listener."""
    parts = listening.parts()
    copied = {*boot.own().left, *[name for name, _ in parts[-1]]}
    loaded = guest.sys.modules
    found = {name for name in copied if type(guest.entry(loaded, name)) is kinds.module}
    return found.union(["a listener"] if parts[0] else [])


def _ours_alone(made, spaces):
    """Ids of those of the C types in ``made`` that only copies of modules, with these ``spaces``, know.

    Up to 3.11 some are shared by all copies, and the program may use them.
    """
    counts = dict(zip(made, map(guest.sys.getrefcount, made.values())))
    for key, kind in made.items():
        if kinds.flags_of(kind) & kinds.HEAP_TYPE:
            yield key
        elif _SHARES_TYPES and kind.__name__ != "OrderedDict":
            inside = guest.gc.get_referents(names.dict_of(kind))
            parts = [*spaces, names.mro_of(kind), *inside, *inside[0].values()]
            known = sum(1 for each in guest.gc.get_referents(*parts) if each is kind)
            # A second copy of the module's dict, itself, and from 3.10 on what the module offers to C code.
            known += sum(1 for space in spaces for each in space.values() if each is kind)
            if counts[key] - claim.ALONE <= known + 1 + _OFFERED:
                yield key


def _foreign():
    """Ids of what our namespaces refer to without owning it."""
    builtins = boot._names
    seen = set(map(id, builtins.values()))
    seen |= {id(builtins), id(boot._importlib), id(guest.sys.modules), id(guest.sys.__dict__)}
    return seen
