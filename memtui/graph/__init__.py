"""What is computed on nodes that the agent sent: no terminal, no socket."""
