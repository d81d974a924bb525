"""Objects as a guest looks at them: names, sizes, attributes, values; nothing of theirs runs."""
