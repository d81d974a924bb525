"""The closed table of what a viewer may ask for, and what each request may carry."""

from ..objects import limits
from ..objects.refusal import Refusal
from ..verbs import hello


def _late(module, function):
    """The task ``function`` of ``module``, which is loaded when it is first asked for.

    Compiling takes the target's time, and most viewers never ask.  The greeting, before which nobody
    knows that there is an agent, waits for none of it: beside busy threads, or inside long calls
    that keep the GIL, every few milliseconds of work cost a turn of everybody else's.
    """

    def task(session, meter, **args):
        package = __import__("verbs", globals(), None, (module,), 2)
        return getattr(getattr(package, module), function)(session, meter, **args)

    return task


def _natural(value):
    return type(value) is int and 0 <= value < 1 << 62


def _between(low, high):
    return lambda value: type(value) is int and low <= value <= high


def _text(value):
    return type(value) is str and len(value) <= 2000


def _text_or_nil(value):
    return value is None or _text(value)


def _one_of(words):
    return lambda value: type(value) is str and value in words


def _flag(value):
    return type(value) is bool


def _order(value):
    return type(value) is str and value in limits.ORDERS


def _tree(value):
    return value is None or type(value) is list


def _addresses(value):
    return type(value) is list and len(value) <= limits.WIDTH and all(map(_natural, value))


_OFFSET = (_natural, "a number", 0)
_LIMIT = (_between(1, limits.WIDTH), "1 to %d" % limits.WIDTH, limits.WIDTH)

#: verb: (generator function, {argument: (check, what it must be, default)}); without a default
#: (``...``) the argument is needed.  Verbs that are not tasks, cancel and stop, are the session's.
TABLE = {
    "hello": (
        hello.hello,
        {
            "protocol": (_natural, "a number", ...),
            "version": (_text, "text", ""),
            "read_only": (_flag, "true or false", False),
        },
    ),
    "census": (_late("census", "census"), {"since": (_natural, "a number", 0)}),
    "untracked": (_late("untracked", "untracked"), {}),
    "instances": (
        _late("instances", "instances"),
        {
            "type": (_text, "text", ...),
            "offset": _OFFSET,
            "limit": _LIMIT,
            "order": (_order, "one of " + ", ".join(limits.ORDERS), "largest"),
            "depth": (_between(0, 6), "0 to 6", 0),
            "subclasses": (_flag, "true or false", False),
            "where": (_tree, "a tree", None),
            "expr": (_tree, "a tree", None),
        },
    ),
    "expand": (
        _late("expand", "expand"),
        {
            "address": (_natural, "a number", ...),
            "depth": (_between(1, 6), "1 to 6", 1),
            "offset": _OFFSET,
            "limit": _LIMIT,
        },
    ),
    "referrers": (
        _late("referrers", "referrers"),
        {"addresses": (_addresses, "a list of up to %d numbers" % limits.WIDTH, ...)},
    ),
    "release": (_late("release", "release"), {"globals": (_flag, "true or false", False)}),
    "modules": (_late("modules", "modules"), {}),
    "globals": (
        _late("globals", "globals"),
        {
            "module": (_text, "text", ...),
            "name": (_text_or_nil, "text", None),
            "offset": _OFFSET,
            "limit": _LIMIT,
            "depth": (_between(0, 6), "0 to 6", 0),
            "order": (_one_of(("length", "size", "name")), "length, size or name", "length"),
        },
    ),
    "lengths": (
        _late("lengths", "lengths"),
        {"addresses": (_addresses, "a list of up to %d numbers" % limits.WIDTH, ...)},
    ),
    "collect": (_late("collect", "collect"), {"generation": (_between(0, 2), "0 to 2", 2)}),
    "gc_state": (_late("collector", "collector"), {}),
    "allocations": (
        _late("allocations", "allocations"),
        {
            "do": (_one_of(limits.DEEDS), "one of " + ", ".join(limits.DEEDS), ...),
            "depth": (_between(1, limits.DEPTH), "1 to %d" % limits.DEPTH, 1),
            "budget": (_natural, "a number", 0),
            "milliseconds": (_natural, "a number", 0),
            "consent": (_flag, "true or false", False),
        },
    ),
    "watch": (
        _late("watch", "watch"),
        {
            "target": (_text, "text", ...),
            "condition": (_tree, "a tree", None),
            "expr": (_tree, "a tree", None),
            "limit": (_natural, "a number", 0),
            "depth": (_between(0, 6), "0 to 6", 1),
            "errors_only": (_flag, "true or false", False),
        },
    ),
    "watched": (_late("watched", "watched"), {"watch": (_natural, "a number", ...)}),
    "unwatch": (_late("unwatch", "unwatch"), {"watch": (_natural, "a number", ...)}),
}


def task_of(session, meter, verb, args):
    """The generator that does the request; :class:`Refusal` where there is none."""
    if verb not in TABLE:
        raise Refusal("unknown-verb", "unknown verb %.60r" % verb, "verbs: " + ", ".join(TABLE))
    if (verb == "hello") == session.greeted:
        raise Refusal("protocol", "hello comes once, and first")
    function, parameters = TABLE[verb]
    return function(session, meter, **checked(parameters, args))


def checked(parameters, args):
    """``args`` with the defaults filled in; :class:`Refusal` says which one is wrong."""
    for name in args:
        if name not in parameters:
            raise Refusal("bad-args", "unknown argument %.60r" % (name,))
    values = {}
    for name, (check, what, default) in parameters.items():
        value = args.get(name, default)
        if value is ...:
            raise Refusal("bad-args", "argument %s is missing" % name)
        if not check(value):
            raise Refusal("bad-args", "argument %s must be %s" % (name, what))
        values[name] = value
    return values
