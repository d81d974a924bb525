"""Where the user types: filters, paths, and forms of several fields."""
