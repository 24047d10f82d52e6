"""ETag and 304 on reads (F6): who has the answer already does not get it again."""

import hashlib
from typing import Any

from django.http import HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags

# What an answer depends on beside its address: language, and who asks (by token or cookie).
VARY = ("Accept-Language", "Authorization", "Cookie", "X-Session-Token")
CACHE_CONTROL = "private, no-cache"  # may be kept, must be asked about


def etag_of(content: bytes) -> str:
    """A weak tag: a proxy may compress the answer on its way."""
    return f'W/"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'


def matches(request: Any, etag: str) -> bool:
    """Whether ``If-None-Match`` names ``etag`` (weakly compared, as reads are)."""
    header = request.META.get("HTTP_IF_NONE_MATCH")
    if not header:
        return False
    bare = etag.removeprefix("W/")
    return any(tag == "*" or tag.removeprefix("W/") == bare for tag in parse_etags(header))


def _not_modified(response: HttpResponse) -> HttpResponse:
    bare = HttpResponse(status=304)
    del bare["Content-Type"]
    for name, value in response.items():
        if name not in {"Content-Type", "Content-Length", "Allow"}:
            bare[name] = value
    return bare


def tag_when_rendered(request: Any, response: Any) -> None:
    """Have ``response`` (of a read, 200) tagged, or replaced by a 304, when it has its bytes."""
    patch_vary_headers(response, VARY)
    response.headers.setdefault("Cache-Control", CACHE_CONTROL)

    def put(rendered: HttpResponse) -> HttpResponse | None:
        etag = rendered.headers.get("ETag") or etag_of(rendered.content)
        rendered["ETag"] = etag
        return _not_modified(rendered) if matches(request, etag) else None

    response.add_post_render_callback(put)
