"""The small parts: they show what they are given and tell what the user did, and know no session."""
