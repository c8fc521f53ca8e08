"""A conversation as a file to keep or share: Markdown, Word or PDF, with the sources of every answer."""
