"""The attach torture: kinds of targets, one cell of attaches, the runner over all cells, the table."""
