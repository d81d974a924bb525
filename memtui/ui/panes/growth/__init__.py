"""Growth: what changed since a mark, or over the last minutes."""
