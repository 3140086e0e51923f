"""Help a curator: find records, propose those of a new text, register new ones."""
