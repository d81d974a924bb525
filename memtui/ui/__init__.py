"""What you see: the app, its screens, the panes on them and the widgets in those."""
