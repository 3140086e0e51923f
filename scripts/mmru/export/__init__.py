"""Write the tables and their description in other formats."""
