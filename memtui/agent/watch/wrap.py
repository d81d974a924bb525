"""Watches a function by putting another in its place: what there is before Python 3.12.

The wrapper stands in the dict of the module or in the class, so that every call that goes through the
name is seen; a reference taken before (``from module import function``) leads around it.  A reference
taken *while* it stands there outlives the watch: then it passes calls on, and needs nothing of the agent.
"""

from ..entry import guest
from ..heap import own
from ..objects import kinds, names
from ..objects.refusal import Refusal, reason
from .arguments import Signature

#: co_flags of what @types.coroutine made: a generator that can be awaited.
_ITERABLE_COROUTINE = 0x100


@own.holds_objects
class Wrapping:
    """One function wrapped; what is the application's, or it may hold, is in ``objects``."""

    method = "wrapping"
    #: The wrapper's own frame keeps the arguments for as long as the call lasts.
    keeps = True

    def __init__(self, spot):
        if spot.nested is not None:
            raise Refusal("cannot-replace-nested", target=spot.target)
        if spot.inside:
            kind = names.name_of(type(spot.raw))
            raise Refusal("cannot-replace", target=spot.target, type=kind)
        function = spot.function
        self._hooks = []
        self.objects = [spot]
        signature = Signature(spot)
        self.scoper = signature.scoper
        self.values_of = signature.binder(function.__defaults__, function.__kwdefaults__)

    def notes(self):
        """What the user should know about this way of watching, as reasons."""
        spot = self.objects[0]
        # The name it stands under, the spot once or twice, the argument of getrefcount itself.
        others = guest.sys.getrefcount(spot.function) - (4 if spot.raw is spot.function else 3)
        if others <= 0:
            return []
        return [reason("other-references", others=others)]

    def start(self, begin, finish):
        """Put the wrapper in place."""
        spot = self.objects[0]
        wrapper = _dressed(_MAKERS[spot.flavour](spot.function, self._hooks), spot.function)
        raw = spot.raw
        placed = type(raw)(wrapper) if type(raw) in (staticmethod, classmethod) else wrapper
        self._hooks += [begin, finish]
        self.objects.append(placed)
        _put(spot, placed)

    def stop(self):
        """Undo :meth:`start`; returns what could not be undone, as reasons."""
        del self._hooks[:]
        if len(self.objects) < 2:
            return []
        spot, placed = self.objects
        del self.objects[1:]
        if _standing(spot) is not placed:
            return [reason("replaced", target=spot.target)]
        if spot.inherited:
            type.__delattr__(spot.owner, spot.attribute)
        else:
            _put(spot, spot.raw)
        return []


def _put(spot, value):
    if spot.owner is None:
        spot.place[spot.attribute] = value
        return
    try:
        # type's own slot: a metaclass may have a __setattr__ that is not ours to run.
        type.__setattr__(spot.owner, spot.attribute, value)
    except TypeError:
        raise Refusal("class-in-c", type=names.name_of(spot.owner)) from None


def _standing(spot):
    space = spot.place if spot.owner is None else names.dict_of(spot.owner)
    return space.get(spot.attribute)


def _outliving(function, name="wrapper", module=None):
    """``function`` in a namespace of its own: it may run when the agent's modules are empty."""
    space = {"__builtins__": function.__globals__["__builtins__"], "__name__": module}
    return kinds.function(function.__code__, space, name, None, function.__closure__)


def _dressed(wrapper, original):
    """``wrapper`` with the looks of ``original``."""
    dressed = _outliving(wrapper, original.__name__, original.__module__)
    if original.__code__.co_flags & _ITERABLE_COROUTINE:
        flags = wrapper.__code__.co_flags | _ITERABLE_COROUTINE
        dressed.__code__ = wrapper.__code__.replace(co_flags=flags)
    dressed.__qualname__ = original.__qualname__
    dressed.__doc__ = original.__doc__
    dressed.__dict__.update(original.__dict__)
    dressed.__dict__["__wrapped__"] = original
    return dressed


# The hooks are [begin, finish] while the watch lasts and empty after it.  A call may be between two of
# our lines when the agent leaves: then begin is gone (IndexError) or its module is empty (NameError).


def _begin_of(hooks):
    def begin(call):
        try:
            return hooks[0](call) if hooks else None
        except (NameError, IndexError):
            if hooks:
                raise
            return None

    return _outliving(begin)


def _finish_of(hooks):
    def finish(call, entry, result, error):
        try:
            if entry and hooks:
                hooks[1](entry, call, result, error)
        except (NameError, IndexError):
            if hooks:
                raise
        finally:
            if entry:
                del entry[:]

    return _outliving(finish)


def _plain(original, hooks):
    finish = _finish_of(hooks)

    def wrapper(*args, **kwargs):
        if not hooks:
            return original(*args, **kwargs)
        call = (args, kwargs)
        # begin(call), without the price of one more call.
        try:
            entry = hooks[0](call)
        except (NameError, IndexError):
            if hooks:
                raise
            entry = None
        if entry is None:
            return original(*args, **kwargs)
        try:
            result = original(*args, **kwargs)
        except BaseException as error:
            finish(call, entry, None, error)
            raise
        finish(call, entry, result, None)
        return result

    return wrapper


def _generator(original, hooks):
    begin, finish = _begin_of(hooks), _finish_of(hooks)

    def wrapper(*args, **kwargs):
        call = (args, kwargs)
        entry = begin(call)
        try:
            result = yield from original(*args, **kwargs)
        except BaseException as error:
            finish(call, entry, None, error)
            raise
        finish(call, entry, result, None)
        return result

    return wrapper


def _coroutine(original, hooks):
    begin, finish = _begin_of(hooks), _finish_of(hooks)

    async def wrapper(*args, **kwargs):
        call = (args, kwargs)
        entry = begin(call)
        try:
            result = await original(*args, **kwargs)
        except BaseException as error:
            finish(call, entry, None, error)
            raise
        finish(call, entry, result, None)
        return result

    return wrapper


def _async_generator(original, hooks):
    begin, finish = _begin_of(hooks), _finish_of(hooks)

    async def wrapper(*args, **kwargs):
        call = (args, kwargs)
        entry = begin(call)
        steps = original(*args, **kwargs)
        try:
            value = await steps.asend(None)
            while True:
                try:
                    sent = yield value
                except GeneratorExit:
                    await steps.aclose()
                    raise
                except BaseException as thrown:
                    value = await steps.athrow(thrown)
                else:
                    value = await steps.asend(sent)
        except StopAsyncIteration:
            finish(call, entry, None, None)
        except BaseException as error:
            finish(call, entry, None, error)
            raise

    return wrapper


_MAKERS = {
    "function": _plain,
    "generator": _generator,
    "coroutine": _coroutine,
    "async generator": _async_generator,
}
