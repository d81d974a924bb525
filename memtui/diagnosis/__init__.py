"""What the figures of a session mean: what grows, who holds it, what to do."""
