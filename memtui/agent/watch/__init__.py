"""The calls of one function, as they happen."""
