"""The address of a client, behind as many proxies as the settings say and not one more."""

from typing import Any

from django.conf import settings


def client_address(meta: dict[str, Any]) -> str:
    """The address that the outermost trusted proxy saw; ``meta`` is ``request.META``.

    ``TRUSTED_PROXY_COUNT`` proxies each add one entry to ``X-Forwarded-For``; what stands left of
    those was written by the client and is not believed. With none, it is the peer's own address.
    """
    count: int = settings.TRUSTED_PROXY_COUNT
    if count:
        hops = [hop.strip() for hop in meta.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        if len(hops) >= count and hops[-count]:
            return hops[-count][:64]
    return str(meta.get("REMOTE_ADDR") or "")
