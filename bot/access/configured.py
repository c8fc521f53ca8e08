"""What the settings say about access: whether it is guarded, and the identity provider."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from bot.access.keys import KeyStore
from bot.access.origins import origin_of
from bot.access.visitors import Proxies
from bot.api.rate_limits import Quota, usual_rates
from bot.storage.database import Database
from kb.errors import UsageError
from kb.settings import Settings

if TYPE_CHECKING:
    from bot.access.tokens import Tokens


def configured_tokens(settings: Settings) -> Tokens | None:
    """Return who checks tokens, None without an identity provider. Raises `UsageError` when something is missing."""
    if settings.oidc_issuer is None:
        return None
    if settings.oidc_audience is None:
        raise UsageError("Bij HANDWIJZER_OIDC_ISSUER hoort HANDWIJZER_OIDC_AUDIENCE: voor wie een token bedoeld is.")
    if find_spec("joserfc") is None:
        raise UsageError(
            "Voor HANDWIJZER_OIDC_ISSUER is een onderdeel nodig. Installeer het met: pip install 'handwijzer[oidc]'"
        )
    from bot.access.tokens import Tokens

    return Tokens(
        str(settings.oidc_issuer).rstrip("/"), settings.oidc_audience, settings.oidc_groups_claim,
        settings.manage_group, usual_rates(settings)[0],
    )  # fmt: skip


def is_guarded(settings: Settings) -> bool:
    """Tell whether a visitor from elsewhere has to show who it is: by a key, a token, or through a proxy."""
    keys = KeyStore(Database.of(settings), settings.data_dir)
    return bool(settings.oidc_issuer or settings.proxy_addresses or keys.counts()[0])


def check(settings: Settings) -> None:
    """Raise `UsageError` for whatever a server would stumble over once it runs."""
    configured_tokens(settings)
    Proxies(settings)
    for origin in settings.origins:
        origin_of(origin)
    Quota(settings.redis_url.get_secret_value() if settings.redis_url else None)
