"""The knowledge base: passages, encoder, indexes, releases, retrieval. Knows no file formats, no web framework."""

import os

# ONNX Runtime would make itself a device id and a database of measurements in the user's cache folder, to send later.
# Its `disable_telemetry_events` comes too late: both are there once it is imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
