"""What a captured call looks like: plain data, made in the thread of the application that called."""

from ..entry import guest
from ..heap.pages import Writer, synthetic, unreadable
from ..objects import attributes, names, reading

_thread = guest.borrow("_thread", "get_ident")
_args_of = BaseException.__dict__["args"].__get__
_LONGEST = 300

#: The identifier of the thread that asks, as ``threading.get_ident`` gives it.
thread_id = _thread.get_ident


def thread_name():
    """The name of the thread that asks, or None where ``threading`` does not know it."""
    threading = guest.entry(guest.sys.modules, "threading")
    active = getattr(threading, "_active", None)
    if type(active) is not dict:
        return None
    thread = guest.entry(active, thread_id())
    if thread is None:
        return None
    try:
        name = reading.attribute(thread, "_name")
    except reading.ReadError:
        return None
    return name[:_LONGEST] if type(name) is str else None


def error_text(error):
    """``Type: message`` of an exception, from its arguments: its ``__str__`` may be code of the application."""
    words = _args_of(error)[:5]
    if not words:
        return names.name_of(type(error))
    # One text is the message itself; more are shown as they are written in the program.
    only = len(words) == 1 and type(words[0]) is str
    message = words[0] if only else ", ".join(map(_word, words))
    return "%s: %s" % (names.name_of(type(error)), message[:_LONGEST])


def _word(value):
    kind = type(value)
    if kind is str or kind is bytes:
        return repr(value[:_LONGEST])
    if id(kind) not in reading.ATOMS or (kind is int and value.bit_length() > 1000):
        return "<%s>" % names.name_of(kind)
    return repr(value)


class Show:
    """Makes NODEs in a thread of the application: at once, few of them, and nothing is held."""

    __slots__ = ("_reader", "depth")

    def __init__(self, depth):
        self.depth = depth
        # The first to look at a class reads the names in its module; they are remembered.
        self._reader = attributes.Reader()

    def __call__(self, value):
        """The NODE of ``value``, packed."""
        writer = Writer(_Nothing, self._reader, _NODES)
        task = writer.node(value, self.depth, limit=_CHILDREN)
        try:
            while True:
                next(task)
        except StopIteration as end:
            return end.value


class _Nothing:
    """A page that keeps nothing: who looks at a call later looks at what was written down."""

    __slots__ = ()

    keep = id


#: Nodes of one value and children of each: what takes about a millisecond.
_NODES, _CHILDREN = 40, 20


def of_call(scope, wish):
    """The value to show for a call: that of the expression, or arguments and result without one.

    An expression that cannot be evaluated gives a value that says why.
    """
    show = wish.show
    if wish.expr is None:
        edges = [("args", scope["args"]), ("kwargs", scope["kwargs"])]
        if scope["target"] is not None:
            edges.insert(0, ("target", scope["target"]))
        failed = scope["error"] is not None
        edges.append(("error", scope["error"]) if failed else ("return_obj", scope["return_obj"]))
        children = [[name, show(value)] for name, value in edges]
        return synthetic("call", children)
    try:
        value = wish.expr(scope)
    except reading.ReadError as error:
        return unreadable(error.reason)
    return show(value)
