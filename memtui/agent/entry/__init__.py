"""How the agent comes in, and what it works with."""
