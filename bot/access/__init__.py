"""Who asks, and what they may: keys, roles, a proxy that knows users, tokens of an identity provider."""
