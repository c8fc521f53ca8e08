"""The HTTP API: resources, errors and limits. The contract is in docs/api.md and served at /v1/openapi.json."""
