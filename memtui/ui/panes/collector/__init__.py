"""GC: the garbage collector, and what a forced collection freed."""
