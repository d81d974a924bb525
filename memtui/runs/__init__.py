"""One conversation with the agent from its beginning to its end: a trace, a watch, a measurement."""
