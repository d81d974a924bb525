"""The closed table of what a viewer may ask for, and what each request may carry."""

from . import allocations, allocations_tracing, census, hello
from .refusal import Refusal


def _natural(value):
    return type(value) is int and 0 <= value < 1 << 62


def _between(low, high):
    return lambda value: type(value) is int and low <= value <= high


def _text(value):
    return type(value) is str and len(value) <= 2000


def _one_of(words):
    return lambda value: type(value) is str and value in words


def _flag(value):
    return type(value) is bool


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
    "census": (census.census, {"since": (_natural, "a number", 0)}),
    "allocations": (
        allocations.allocations,
        {
            "do": (_one_of(allocations.DEEDS), "one of " + ", ".join(allocations.DEEDS), ...),
            "depth": (
                _between(1, allocations_tracing.DEPTH_LIMIT),
                "1 to %d" % allocations_tracing.DEPTH_LIMIT,
                1,
            ),
            "budget": (_natural, "a number", 0),
            "milliseconds": (_natural, "a number", 0),
            "consent": (_flag, "true or false", False),
        },
    ),
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
