"""Allocations: the lines of source that allocate, by tracemalloc."""
