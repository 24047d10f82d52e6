"""Outside OpenID providers as the settings name them (P7). A leaf module: settings are made with it."""

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

NEEDED = ("id", "name", "server_url", "client_id", "secret")


def openid_apps(configured: Any) -> list[dict[str, Any]]:
    """allauth's settings made of ours; raises ``ImproperlyConfigured`` for what is not whole.

    Each is an object with ``id``, ``name``, ``server_url``, ``client_id``, ``secret``, and
    ``trusted_domains``: the domains of the e-mail addresses that it vouches for, ``["*"]`` for all.
    """
    if not isinstance(configured, list):
        raise ImproperlyConfigured("OPENID_PROVIDERS must be a JSON list of objects.")
    apps = []
    for one in configured:
        missing = [name for name in NEEDED if not (isinstance(one, dict) and one.get(name))]
        if missing:
            raise ImproperlyConfigured(f"A provider of OPENID_PROVIDERS lacks {missing[0]}.")
        apps.append(
            {
                "provider_id": one["id"],
                "name": one["name"],
                "client_id": one["client_id"],
                "secret": one["secret"],
                "settings": {
                    "server_url": one["server_url"],
                    "oauth_pkce_enabled": True,
                    "trusted_domains": [d.lower() for d in one.get("trusted_domains", [])],
                },
            }
        )
    return apps


def form_targets(configured: list[dict[str, Any]]) -> str:
    """Where the buttons of the sign-in page may lead, for ``form-action``: browsers ask it of redirects.

    That is the host of ``server_url``, and ``sign_in_url`` where a provider signs in at another one.
    """
    addresses = [one.get(name) for one in configured for name in ("server_url", "sign_in_url")]
    parts = [urlsplit(address) for address in addresses if address]
    return "".join(f" {one.scheme}://{one.netloc}" for one in parts)
