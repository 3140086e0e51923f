"""Paths of generated files that more than one module names."""

from __future__ import annotations

FOLDER = "docs/metadata"  # for metadata that need not be in the top folder
SKOS = f"{FOLDER}/vocabularies.ttl"
RO_CRATE = "ro-crate-metadata.json"
CODEBOOK = "docs/codebook.md"
