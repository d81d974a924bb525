"""What a person reads, defined once: number formats, columns, tables, words.  Imports no terminal library."""
