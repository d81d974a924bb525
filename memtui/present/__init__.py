"""What a person reads, said once: number formats, columns, tables, words.  Imports no terminal library."""
