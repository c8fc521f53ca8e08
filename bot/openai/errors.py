"""Errors in the form that OpenAI's clients read. Source: https://platform.openai.com/docs/guides/error-codes."""

from __future__ import annotations

from kb.errors import NotFoundError

_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}
# Codes that programs look for; others are our own names of problems.
_CODES = {"geen-toegang": "invalid_api_key", "429": "rate_limit_exceeded", "onbekend-model": "model_not_found"}


class UnknownModelError(NotFoundError):
    """Another model was asked for than the one there is."""

    slug = "onbekend-model"


def error_member(status: int, slug: str, message: str, field: str | None = None) -> dict[str, str | None]:
    """Return the member ``error`` of a problem; ``field`` is what was wrong in the request."""
    kind = _TYPES.get(status, "invalid_request_error" if status < 500 else "server_error")
    return {"message": message, "type": kind, "param": field, "code": _CODES.get(slug, slug)}
