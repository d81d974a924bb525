"""The ptrace method: stop one thread for a few milliseconds and make it start the payload safely.

From the ground up: :mod:`kernel` speaks to the kernel, :mod:`frame` builds the way back,
:mod:`thread` holds one stopped thread, :mod:`calls` makes it call a function, :mod:`state` tells
what a thread is doing, :mod:`threads` which of them to stop, :mod:`stub` is the machine code that
runs there, :mod:`guest` the memory we borrow, :mod:`revoke` takes back what was asked in vain, and
:mod:`engine` decides.

What the thread gets back: every general and extended register and its signal mask; the system call
it was in goes on as after any stop (``epoll_wait`` and a few others return EINTR after any stop, as
signal(7) has it).  Signals wait until the thread is free.  A viewer that is killed at any point leaves
a thread that finds its way back alone; then a wait with a timeout may end with EINTR, and the memory
we borrowed (1.1 MiB, hardly any of it touched) stays mapped.

What remains a risk:

- A thread stopped within the few instructions in which it itself holds the lock of the queue of
  pending calls: our call waits for that lock, is cut short after 0.25 s, and from 3.13 on may leave
  its entry in the lock's list of waiting threads.
- An allocator that is not the C library's and waits by ``nanosleep`` while a thread is inside it: that
  looks like any sleep, and making a thread allocates.
- A native thread that waits for a GIL that is never given up keeps its stack, and so our memory.
- Code of this process that waits for the target as its own child, in another thread, would take our
  stops for the end of the child; nothing here does.
"""
