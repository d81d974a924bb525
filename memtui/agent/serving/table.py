"""The closed table of what a viewer may ask for: the modules of ``agent/verbs``, each a verb.

A verb's module has a function of its name and a literal ``VERB``: the ``args`` that a request may carry,
whether it ``walks`` over all objects, and whether it ``changes`` the target (or names the
function of the arguments that says so): a read-only session may not then.  An argument is a tuple: its kind,
and what it is where the viewer does not say; without that it is needed.  A kind is a word of
:func:`_is`, or a tuple of such a word and what it goes with.
"""

from .. import verbs
from ..objects.refusal import Refusal

#: The longest text, and beyond the largest number.
_LONGEST, _MOST = 2000, 1 << 62


def _module_of(verb):
    """The module of a verb, which is loaded when it is first asked for.

    Compiling takes the target's time, and most viewers ask for few verbs.  The greeting, which every
    viewer waits for, waits for none of it: beside busy threads, or inside long
    calls that keep the GIL, every few milliseconds of work cost a turn of everybody else's.
    """
    return getattr(__import__("verbs", globals(), None, (verb,), 2), verb)


def walks(verb):
    """Whether ``verb`` goes through all objects; what is no verb does not, and is refused in its turn."""
    try:
        return verb in verbs.__all__ and _module_of(verb).VERB["walks"]
    except BaseException:
        return False  # it fails again in its turn, with an answer to the viewer


def task_of(session, meter, verb, args):
    """The generator that does the request; :class:`Refusal` where there is none."""
    if verb not in verbs.__all__:
        raise Refusal("unknown-verb", verb=verb[:60], verbs=sorted(verbs.__all__))
    if (verb == "hello") == session.greeted:
        raise Refusal("greeting")
    module = _module_of(verb)
    values, changes = _checked(module.VERB["args"], args), module.VERB["changes"]
    if type(changes) is str:
        changes = getattr(module, changes)(values)
    if session.read_only and changes:
        raise Refusal("read-only", verb=verb)
    return getattr(module, verb)(session, meter, **values)


def _checked(parameters, args):
    """``args`` with the defaults filled in; :class:`Refusal` says which one is wrong."""
    for name in args:
        if name not in parameters:
            raise Refusal("unknown-argument", argument="%.60s" % (name,))
    values = {}
    for name, (kind, *default) in parameters.items():
        if name in args:
            value = values[name] = args[name]
            if not _is(value, kind) and not (value is None and default == [None]):
                wanted = [kind] if type(kind) is str else list(kind)
                raise Refusal("bad-argument", argument=name, wanted=wanted)
        elif default:
            values[name] = default[0]
        else:
            raise Refusal("missing-argument", argument=name)
    return values


def _is(value, kind):
    """Whether ``value``, which came over the wire, is of ``kind``."""
    word, *more = (kind,) if type(kind) is str else kind
    if word == "natural":
        return type(value) is int and 0 <= value < _MOST
    if word == "number":
        return type(value) is int and more[0] <= value <= more[1]
    if word == "naturals":
        return (
            type(value) is list
            and len(value) <= more[0]
            and all(_is(each, "natural") for each in value)
        )
    if word == "text":
        return type(value) is str and len(value) <= _LONGEST
    if word == "word":
        return type(value) is str and value in more
    return type(value) is {"flag": bool, "tree": list}[word]
