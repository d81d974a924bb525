"""What we compute on the nodes that the agent sent: no terminal, no socket."""
