"""What to do about each pattern of a leak."""

from __future__ import annotations

from memtui.model.report import Pattern

ADVICE: dict[Pattern, str] = {
    Pattern.CACHE: (
        "Give it a bound or an end: remove entries where their owner's life ends, expire them by age, "
        "or use a cache with a maximum size. If it may not keep its entries alive at all, use "
        "weakref.WeakValueDictionary."
    ),
    Pattern.LRU_CACHE: (
        "Give functools.lru_cache a maxsize, and do not put it on methods: their self is part of the "
        "key and stays alive with the entry."
    ),
    Pattern.LISTENERS: (
        "Remove each listener where its owner's life ends, or keep listeners by weakref.WeakMethod or "
        "in a WeakSet."
    ),
    Pattern.GARBAGE: (
        "A collection frees it, so nothing holds it for good. Look whether the collector is off or its "
        "thresholds are high (gc.get_threshold), and break the cycle: a weak reference back to the "
        "parent lets objects go as soon as they are not used."
    ),
    Pattern.UNTRACKED: (
        "Bound what is kept by bytes, not by number of entries; write large values to disk or let go "
        "of them when they are handed on. A slice or a numpy view keeps the whole buffer it is of."
    ),
    Pattern.NATIVE: (
        "Look at buffers that have no containers in them (bytes, arrays), at C extensions, and at the "
        "allocator: many threads, or fragmentation. memtui allocations tells what Python allocates; "
        "malloc_trim or fewer arenas (MALLOC_ARENA_MAX) tell fragmentation from a leak."
    ),
    Pattern.THREADS: (
        "Let threads end, or use a pool of fixed size. Clear thread-local state at the end of each "
        "job: in a pool the thread, and all it keeps, lives on."
    ),
    Pattern.BACKLOG: (
        "Work comes in faster than it is done. Bound the queue (maxsize), so that producers wait, or "
        "add workers."
    ),
    Pattern.TASKS: (
        "What was begun waits for something that does not come, or comes too slowly. Give what is "
        "awaited a timeout, await or cancel each task, and limit how many run at once (a semaphore)."
    ),
    Pattern.TRACEBACKS: (
        "A kept exception keeps its traceback, and that all local variables of its frames. Keep the "
        "text of the error, or clear it: error.__traceback__ = None, traceback.clear_frames()."
    ),
    Pattern.UNKNOWN: "",
    Pattern.NONE: (
        "Measure for longer, and while the work goes on that is suspected. A slow leak needs more time "
        "to stand out of the coming and going."
    ),
}
