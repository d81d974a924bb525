"""What memtui knows: frozen records, safe text, redaction and errors."""
