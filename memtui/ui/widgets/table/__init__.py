"""Rows under columns: sorted, filtered, and shown as far as somebody looks."""
