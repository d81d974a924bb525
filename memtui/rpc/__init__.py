"""How the viewer talks to the agent: frames, a client, typed answers and a session."""
