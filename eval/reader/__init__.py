"""Training data for a small reader that says whether a passage answers a question, and in which sentences."""
