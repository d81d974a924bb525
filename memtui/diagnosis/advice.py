"""What to do about each pattern of a leak."""

from __future__ import annotations

from memtui.model.report import Pattern

ADVICE: dict[Pattern, str] = {
    Pattern.CACHE: (
        "Limit its size or the life of its entries: remove an entry when its owner goes away, expire "
        "entries by age, or use a cache with a maximum size. If it must not keep its entries alive at "
        "all, use weakref.WeakValueDictionary."
    ),
    Pattern.LRU_CACHE: (
        "Give functools.lru_cache a maxsize, and do not use it on methods: self is part of the key, so "
        "the instance stays alive as long as the entry."
    ),
    Pattern.LISTENERS: (
        "Remove each listener when its owner goes away, or hold listeners weakly: weakref.WeakMethod "
        "or a WeakSet."
    ),
    Pattern.GARBAGE: (
        "A collection frees it, so nothing holds it permanently. Check whether the collector is off or "
        "its thresholds are high (gc.get_threshold). Break the cycle: with a weak reference back to "
        "the parent, objects are freed as soon as they are no longer used."
    ),
    Pattern.BOUNDED: (
        "It stops growing at its bound. If it takes too much memory until then, lower the bound."
    ),
    Pattern.FILLING: (
        "Measure again, and for longer: a cache that fills up, or is emptied now and then, stops "
        "growing; a leak goes on."
    ),
    Pattern.UNTRACKED: (
        "Limit it by bytes, not by the number of entries. Write large values to disk, or drop them "
        "when they have been passed on. A memoryview or a numpy view, however small its slice, keeps "
        "the whole buffer alive."
    ),
    Pattern.NATIVE: (
        "Check large buffers (bytes, arrays), C extensions, and the allocator (many threads, or "
        "fragmentation). memtui allocations shows what Python allocates. If malloc_trim or fewer "
        "arenas (MALLOC_ARENA_MAX) bring RSS down, it was free memory that the allocator kept."
    ),
    Pattern.ELSEWHERE: (
        "memtui looks into the main interpreter only; with --interpreter all it counts objects of the others, "
        "from outside. Run the work in the main one (for mod_wsgi: WSGIApplicationGroup %{GLOBAL}) and "
        "measure again: then its instances and holders can be seen."
    ),
    Pattern.THREADS: (
        "Let threads end, or use a pool of fixed size. Clear thread-local state at the end of each "
        "job: a pool's thread lives on, and so does everything it keeps."
    ),
    Pattern.BACKLOG: (
        "If its entries wait to be worked on, work arrives faster than it is done. Limit the queue "
        "(maxsize) so that producers wait, or add workers."
    ),
    Pattern.TASKS: (
        "Tasks wait for something that never comes or comes too slowly, or they are over and still held. "
        "Put a timeout on what they await, await or cancel every task, limit how many run at once (a "
        "semaphore), and drop those that are done."
    ),
    Pattern.TRACEBACKS: (
        "A stored exception keeps its traceback, and the traceback keeps all local variables of its "
        "frames. Store only the text of the error, or clear the traceback: "
        "error.__traceback__ = None, traceback.clear_frames()."
    ),
    Pattern.UNKNOWN: "",
    Pattern.UNMEASURED: "Measure again: growth shows from the second count on.",
    Pattern.NONE: (
        "Measure for longer, and while the suspected work is running. A slow leak needs more time to "
        "stand out from normal ups and downs."
    ),
}
