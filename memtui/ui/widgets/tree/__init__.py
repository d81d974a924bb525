"""Objects and what they refer to, opened line by line."""
