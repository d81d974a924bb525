"""memtui: attach to a running Python process and see what grows and who holds it."""

__version__ = "0.1.0"
