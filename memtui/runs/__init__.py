"""Conversations with the agent from start to end: a trace, a watch, a measurement."""
