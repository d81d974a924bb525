"""The ptrace method: stop one thread for a few milliseconds and make it start the payload safely.

From the ground up: :mod:`kernel` speaks to the kernel, :mod:`frame` builds the way back,
:mod:`thread` holds one stopped thread, :mod:`calls` makes it call a function, :mod:`state` tells
what it was doing, :mod:`stub` is the machine code it runs, :mod:`guest` the memory we borrow, and
:mod:`engine` decides.
"""
