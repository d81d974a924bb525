"""A target that does nothing."""

from holding import hold

hold()
