"""Globals: the loaded modules, and what is in one of them."""
