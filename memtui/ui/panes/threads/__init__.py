"""Threads: which threads run Python, and where each of them is."""
