"""Read and write files: YAML with positions, Arrow, CSV, Parquet, zip archives, git."""
