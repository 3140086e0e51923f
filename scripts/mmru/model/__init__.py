"""The parts of the dataset: tables, fields, claims, dates and texts."""
