"""The small parts: they show what they are given, post what the user did, and do not know the session."""
