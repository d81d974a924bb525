"""Lines of text in tones: how they are made, laid out and painted."""
