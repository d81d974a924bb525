"""The ptrace method: stop one thread for a few milliseconds and make it start the payload safely.

From the ground up: :mod:`kernel` speaks to the kernel, :mod:`frame` builds the way back,
:mod:`thread` holds one stopped thread, :mod:`calls` makes it call a function, :mod:`state` tells
what a thread is doing, :mod:`threads` which of them to stop, :mod:`stub` is the machine code that
runs there, :mod:`guest` the memory we borrow, :mod:`revoke` takes back what was asked in vain, and
:mod:`engine` decides.
"""
