"""What a viewer may ask for: one file a verb, with what it takes beside the function of its name."""
