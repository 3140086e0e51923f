"""Build the tables from the claims, and write them."""
