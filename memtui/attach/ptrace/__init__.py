"""The ptrace method: stop one thread for a few milliseconds and make it start the payload safely.

The modules, from the lowest up: :mod:`kernel` wraps the kernel's requests, :mod:`frame` builds the way
back, :mod:`thread` holds one stopped thread, :mod:`calls` makes it call a function, :mod:`state` says
what a thread is doing, :mod:`threads` chooses the thread to stop, :mod:`stub` is the machine code that
runs in the target, :mod:`guest` is the memory we borrow there, :mod:`revoke` withdraws a request that was
not taken, and :mod:`engine` decides.

The thread gets everything back: all general and extended registers and its signal mask.  Its system call
continues as after any stop (``epoll_wait`` and a few others return EINTR after any stop, see signal(7)).
Signals wait until the thread is released.  If the viewer is killed, at whatever point, the thread finds
its way back alone; then a wait with a timeout may end with EINTR, and the memory we borrowed (1.1 MiB,
hardly any of it touched) stays mapped.

What remains a risk:

- A thread may be stopped within the few instructions in which it holds the lock of the queue of pending
  calls.  Then our call waits for that lock.  It is cut short after 0.25 s, and from 3.13 on it may leave
  its entry in the lock's list of waiting threads.
- An allocator other than the C library's may wait with ``nanosleep`` while a thread is inside it.  That
  looks like any other sleep, and creating a thread allocates.
- A native thread that waits for a GIL that is never released keeps its stack, and so our memory.
- Code of this process that waits, in another thread, for the target as its own child would mistake our
  stops for the end of the child.  Nothing here does that.
"""
