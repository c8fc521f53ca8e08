"""What whoever runs the server sees of it: logs, metrics, traces and audit lines. No question text, no keys."""
