"""tracemalloc on demand, and its traces as totals."""
