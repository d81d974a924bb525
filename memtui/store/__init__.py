"""What the viewer remembers: the ring of censuses, marks, the feed and the vitals."""
