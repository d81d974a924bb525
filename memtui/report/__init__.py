"""The report: its figures, its blocks, and how it becomes Markdown or HTML."""
