"""Work on the documents that takes longer than a request: queued in the database, done by a process of its own."""
