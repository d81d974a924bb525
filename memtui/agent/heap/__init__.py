"""The collector's objects: walks over all of them, what that costs, and which of them are the agent's own."""
