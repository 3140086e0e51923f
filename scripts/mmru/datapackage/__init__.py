"""Read a published package: a folder, an archive, a git revision or the installed wheel."""
