"""Watch: the calls of one function."""
