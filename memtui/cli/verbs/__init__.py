"""One module a verb; each has a ``command``, and being here is all it takes to be a verb."""
