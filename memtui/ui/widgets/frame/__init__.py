"""The frame around the rows: the header, titles, the work line and the keys."""
