"""The C functions a guest works with, as CPython made them, and the traces it has to remove."""

from . import boot

sys = boot.sys
posix = boot.posix
entry = boot.entry
borrow = boot.borrow
time = borrow("time", "sleep", "time_ns", "perf_counter_ns", "thread_time_ns")
gc = borrow("gc", "get_objects", "get_referents", "collect", "is_tracked", "get_freeze_count")
itertools = borrow("itertools")
socket = borrow("_socket")
select = borrow("select", "poll")
_collections = borrow("_collections", "_count_elements")
count_elements = _collections._count_elements
deque = _collections.deque
operator = borrow("_operator", "is_", "lt", "le", "gt", "ge")
is_ = operator.is_
weakrefs_of = borrow("_weakref", "getweakrefs").getweakrefs

#: Objects that were frozen before the agent came: none of them is its own.
frozen_before = gc.get_freeze_count()
#: Without a global lock nothing that the agent does in bytecode keeps others from running.
has_gil = getattr(sys, "_is_gil_enabled", lambda: True)()


class ForkHook:
    """Lets a forked child forget the agent, whose thread is not there; ``door`` has registered it.

    :meth:`remove` takes the callback out of the interpreter's own list, which is found among the
    collector's objects.  Where it cannot be (gc.freeze() hides it), it stays and does nothing.
    """

    __slots__ = ("_callback", "_duties")

    def __init__(self, door):
        self._duties, (self._callback,) = door.duties, boot.own().fork

    def add(self, duty):
        """Have the child call ``duty`` first thing."""
        self._duties.append(duty)

    def remove(self, slices):
        """Take the callback out of the list; ``slices`` are lists of the collector's objects."""
        self._duties.clear()
        for chunk in slices:
            removed = self._removed_from(chunk)
            # Up to 3.10 this frame may be in it: a cycle that would keep all of the agent.
            chunk.clear()
            if removed:
                boot.own().fork = ()
                return True
        return False

    def _removed_from(self, chunk):
        callback, wanted = self._callback, id(self._callback)
        is_list = {id(list)}.__contains__
        kinds = map(is_list, map(id, map(type, chunk)))
        for each in itertools.compress(chunk, kinds):
            # The interpreter's list is short; a long one is not searched.
            if 0 < len(each) < 4096 and wanted in map(id, each):
                at = list(map(id, each)).index(wanted)
                if each[at] is callback:
                    del each[at]
                    return True
        return False
