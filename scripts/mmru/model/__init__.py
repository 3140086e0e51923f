"""What the dataset consists of: tables, fields, claims, dates, and what a text may hold."""
