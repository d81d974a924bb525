"""What memtui knows: frozen records, text formats and errors.  Imports the standard library only."""
