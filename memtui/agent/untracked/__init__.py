"""An estimate of what the collector does not track, and of memory outside of objects."""
