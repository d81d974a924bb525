"""Watches a function by giving it other code: what there is before Python 3.12.

The function object stays, so every call is seen, whoever holds it: a route, a callback, ``from module
import function``.  The new code has the same parameters; it runs the old code, as a function of its own.
A call that is under way when the watch ends passes on, and needs nothing of the agent.
"""

from ..entry import boot, guest
from ..objects import kinds, names, ours
from ..objects.refusal import Refusal, reason
from .arguments import Signature
from .target import VARARGS, VARKEYWORDS, class_test

#: co_flags of what @types.coroutine made: a generator that can be awaited.
_ITERABLE_COROUTINE = 0x100
#: A constant of the new code, which :meth:`Wrapping.start` replaces by what the code needs.
_PARTS = "memtui parts"

# All that the code needs are constants: names of the application's module may hide builtins.
_BEGIN = """
    memtui_hook, memtui_left, memtui_late, memtui_every, memtui_finish, memtui_original = "memtui parts"
    memtui_values = ({values})
    try:
        memtui_entry = memtui_hook(0)(memtui_values)
    except memtui_late:
        if memtui_left():
            raise
        memtui_entry = None
    if 0:
        {free}
"""
_ONE_STEP = """
    if memtui_entry is None:
        memtui_values = None
        return ({run} memtui_original({call}))
    try:
        memtui_result = ({run} memtui_original({call}))
    except memtui_every as memtui_error:
        memtui_finish(memtui_values, memtui_entry, None, memtui_error)
        raise
    memtui_finish(memtui_values, memtui_entry, memtui_result, None)
    return memtui_result
"""
_STEPS = """
    memtui_every, memtui_closed, memtui_end = memtui_every
    memtui_steps = memtui_original({call})
    try:
        memtui_value = await memtui_steps.asend(None)
        while True:
            try:
                memtui_sent = yield memtui_value
            except memtui_closed:
                await memtui_steps.aclose()
                raise
            except memtui_every as memtui_thrown:
                memtui_value = await memtui_steps.athrow(memtui_thrown)
            else:
                memtui_value = await memtui_steps.asend(memtui_sent)
    except memtui_end:
        memtui_finish(memtui_values, memtui_entry, None, None)
    except memtui_every as memtui_error:
        memtui_finish(memtui_values, memtui_entry, None, memtui_error)
        raise
"""
#: By flavour: how the function is defined, how the old code is run, and what is around that.
_TEMPLATES = {
    "function": ("def", "", _ONE_STEP),
    "generator": ("def", "yield from", _ONE_STEP),
    "coroutine": ("async def", "await", _ONE_STEP),
    "async generator": ("async def", "", _STEPS),
}
_EVERY = {"async generator": (BaseException, GeneratorExit, StopAsyncIteration)}

#: The wrappings that stand, in the order in which they came.
_standing = []


class Wrapping:
    """One function with other code; what is the application's, or holds something of it, is in ``objects``."""

    __slots__ = ("_hooks", "before", "code", "inner", "objects", "scoper", "under_way")

    method = "wrapping"
    #: The new code's frame keeps the arguments for as long as the call lasts.
    keeps = True
    #: What the hooks are given are the values.
    values_of = staticmethod(lambda values: values)

    def __init__(self, spot):
        if spot.nested is not None:
            raise Refusal("cannot-replace-nested", target=spot.target)
        if not guest.has_gil:
            # There the constants of a code object are never freed.
            raise Refusal("no-tool-id-left", target=spot.target)
        self._hooks = []
        #: What is ours of the calls under way, by the id of the entry: (entry, values).
        self.under_way = {}
        self.scoper = Signature(spot).scoper
        self.before = spot.function.__code__
        template = _template(spot.flavour, self.before, spot.function.__closure__)
        if template is None:
            raise Refusal("cannot-replace", target=spot.target)
        self.inner = _function_of(self.before, spot.function)
        self.code = self._filled(template, _EVERY.get(spot.flavour, BaseException))
        self.objects = [spot, self.inner]

    def _filled(self, template, every):
        """The new code: ``template`` with what it needs."""
        hooks = self._hooks
        # The two exceptions that a call meets between two of our lines as the agent leaves: then the
        # hook is gone (IndexError) or its module is empty (NameError).
        late = NameError, IndexError
        # Of constants only the hash may be asked: lists have none, their methods do.
        parts = hooks.__getitem__, hooks.__len__, late, every, _finish_of(hooks), self.inner
        filled = [parts if each == _PARTS else each for each in template.co_consts]
        return template.replace(co_consts=tuple(filled))

    def notes(self):
        """What the user should know about this way of watching, as reasons."""
        spot = self.objects[0]
        if spot.inherited and not spot.bound:
            return [reason("inherited")]
        return []

    def start(self, begin, finish):
        """Give the function its new code."""
        spot = self.objects[0]
        if spot.inherited and spot.bound and self.before.co_argcount:
            begin = _of_class(class_test(spot), begin)
        self._hooks += [begin, finish]
        _standing.append(self)
        # Another watch may have begun since this one was made.
        self.inner.__code__ = spot.function.__code__
        ours.standing.put(self.code, self.before)
        spot.function.__code__ = self.code

    def held(self):
        """What no traversal leads to, for the agent to know it: the inside of the new code, and of calls under way."""
        code = self.code
        found = [self.inner, code.co_consts, code.co_names]
        if guest.sys.version_info < (3, 11):
            found += [code.co_varnames, code.co_freevars, code.co_cellvars]
        for entry, values in list(self.under_way.values()):
            found += [entry, values]
        return found

    def stop(self):
        """Undo :meth:`start`; returns what could not be undone, as reasons."""
        del self._hooks[:]
        if self not in _standing:
            return []
        _standing.remove(self)
        spot = self.objects[0]
        ours.standing.take(self.code)
        # A later watch of the same function runs our code as the old one.
        for place in [spot.function, *(each.inner for each in _standing)]:
            if place.__code__ is self.code:
                place.__code__ = self.inner.__code__
                return []
        return [reason("replaced", target=spot.target)]


def _template(flavour, before, closure):
    """Code with the parameters and variables from outside that ``before`` has, or None where that is impossible."""
    every, many = names.variables_of(before), before.co_argcount
    free = every[len(every) - len(closure or ()) :]
    single = many + before.co_kwonlyargcount
    parameters, rest, named = every[:many], [], []
    if before.co_posonlyargcount:
        parameters.insert(before.co_posonlyargcount, "/")
    call = every[:many]
    end = single
    if before.co_flags & VARARGS:
        rest = ["*" + every[end]]
        end += 1
    if before.co_flags & VARKEYWORDS:
        named = ["**" + every[end]]
        end += 1
    only = every[many:single]
    parameters += rest or (["*"] if only else [])
    call += rest + ["%s=%s" % (name, name) for name in only] + named
    define, run, body = _TEMPLATES[flavour]
    text = "def outer(%s):\n %s inner(%s):%s" % (
        ", ".join(free),
        define,
        ", ".join(parameters + only + named),
        (_BEGIN + body).format(
            values="".join(name + ", " for name in every[:end]),
            call=", ".join(call),
            run=run,
            free="(%s)" % "".join(name + ", " for name in free),
        ),
    )
    # Not by compile, which makes more than a hundred types for syntax trees at its first call.
    space = {"__builtins__": {}}
    try:
        exec(text, space)
        outer = space["outer"].__code__
    except SyntaxError:
        # Parameters may have names that cannot be written.
        return None
    finally:
        space.clear()
    boot._imp._fix_co_filename(outer, before.co_filename)
    (made,) = (each for each in outer.co_consts if type(each) is kinds.code)
    if list(made.co_freevars) != free:
        return None
    flags = made.co_flags | before.co_flags & _ITERABLE_COROUTINE
    looks = {"co_qualname": before.co_qualname} if guest.sys.version_info >= (3, 11) else {}
    return made.replace(
        co_name=before.co_name, co_firstlineno=before.co_firstlineno, co_flags=flags, **looks
    )


def _function_of(code, like):
    """``code`` as a function with the globals and the closure that ``like`` has."""
    made = kinds.function(code, like.__globals__, like.__name__, None, like.__closure__)
    made.__qualname__ = like.__qualname__
    return made


def _of_class(test, begin):
    """``begin`` for calls on the class that was named; an inherited method serves others too."""
    return lambda values: begin(values) if test(values[0]) else None


def _finish_of(hooks):
    def finish(values, entry, result, error):
        try:
            if entry and hooks:
                hooks[1](entry, values, result, error)
        except (NameError, IndexError):
            if hooks:
                raise
        finally:
            if entry:
                del entry[:]

    # In a namespace of its own: it may run when the agent's modules are empty.
    space = {"__builtins__": finish.__globals__["__builtins__"], "__name__": None}
    return kinds.function(finish.__code__, space, "finish", None, finish.__closure__)
