"""The knowledge base: passages, encoder, indexes, releases, retrieval. Knows no file formats, no web framework."""
