"""One thread that serves the viewers: its loop, their conversations, the table of verbs."""
