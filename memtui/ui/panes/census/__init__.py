"""Types: the last census, and an estimate of what the collector does not track."""
