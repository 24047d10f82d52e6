"""The cache in front of Django: a page that is kept never reaches a middleware."""

import datetime as dt
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.utils import timezone

from portal.pagecache.entries import Headers, Page, Store
from portal.pagecache.marks import ENVIRON_KEY, Mark
from portal.pagecache.versions import Moment, Seal, Versions, VersionsUnavailable
from portal.pagecache.versions import versions as versions_of_process
from portal.request_ids import HEADER, request_id_for

logger = logging.getLogger(__name__)

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
Observer = Callable[[Environ, int, float], None]
Key = tuple[str, ...]

LONGEST_QUERY = 512
#: Where observers find the id of a request that was answered from the cache.
REQUEST_ID_KEY = "quad.request_id"
# Parameters that others add to our links and no view of ours reads.
TRACKING = frozenset({"fbclid", "gclid", "dclid", "msclkid", "igshid", "mc_cid", "mc_eid"})
# What an answer may vary by: each is in the key, or ends the cache's part in a request.
VARY_KNOWN = frozenset(
    {"accept-encoding", "cookie", "hx-request", "hx-boosted", "hx-target"}
    | {"hx-history-restore-request"}
)
# The answer of one request, not of the page.
NOT_KEPT = frozenset(
    {"content-length", "connection", "date", "server", "x-request-id", "etag", "age", "x-cache"}
)

_observers: list[Observer] = []


def observe(observer: Observer) -> Observer:
    """Have ``observer(environ, status, seconds)`` called for every answer sent from the cache.

    Those never reach Django's middleware; logs and metrics count them here. It must not raise.
    """
    if observer not in _observers:
        _observers.append(observer)
    return observer


class PageCache:
    """A WSGI application that answers for ``application`` where it knows the answer.

    ``check`` is for the control run of the tests alone: without it kept pages are sent unasked,
    which shows what the check is worth.
    """

    def __init__(
        self,
        application: Application,
        *,
        versions: Versions | None = None,
        limit: int | None = None,
        check: bool = True,
    ) -> None:
        self.application = application
        self.check = check
        self.store = Store(limit if limit is not None else settings.PAGE_CACHE_MB * 1024 * 1024)
        self._versions = versions
        self._prefixes = tuple(f"/{code}/" for code, _ in settings.LANGUAGES)
        # Who carries one of these may be answered for themselves.
        self._personal = {settings.SESSION_COOKIE_NAME, "messages"}
        proto = getattr(settings, "SECURE_PROXY_SSL_HEADER", None)
        self._key_headers = (
            *("wsgi.url_scheme", "HTTP_HOST", "SERVER_PORT", "SCRIPT_NAME", "PATH_INFO"),
            *("HTTP_HX_REQUEST", "HTTP_HX_BOOSTED", "HTTP_HX_TARGET"),
            "HTTP_HX_HISTORY_RESTORE_REQUEST",
            *([proto[0]] if proto else []),
            *(["HTTP_X_FORWARDED_HOST"] if settings.USE_X_FORWARDED_HOST else []),
        )

    @property
    def versions(self) -> Versions:
        """Where the versions of tags are read."""
        if self._versions is None:
            self._versions = versions_of_process()
        return self._versions

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD") or not environ["PATH_INFO"].startswith(self._prefixes):
            return self.application(environ, start_response)
        if not self._anonymous(environ):
            return self._render(environ, start_response, None, None)
        began = time.perf_counter()
        query = normalized(environ.get("QUERY_STRING", ""))
        if query is None:
            return self._render(environ, start_response, None, None)
        key = (query, *[environ.get(name, "") for name in self._key_headers])
        try:
            page = self._kept(key)
            if page is not None:
                return self._send(environ, start_response, key, page, began)
            moment = self.versions.begin() if method == "GET" else None
        except VersionsUnavailable:
            return self._render(environ, start_response, None, None)
        return self._render(environ, start_response, key, moment)

    def _anonymous(self, environ: Environ) -> bool:
        """Whether nothing in the request could make the answer one person's own."""
        if "HTTP_AUTHORIZATION" in environ:
            return False
        cookies = environ.get("HTTP_COOKIE")
        if not cookies:
            return True
        names = {part.split("=", 1)[0].strip() for part in cookies.split(";")}
        return names.isdisjoint(self._personal)

    def _kept(self, key: Key) -> Page | None:
        page = self.store.get(key)
        if page is None:
            return None
        if page.expires <= time.time() or (self.check and not self.versions.holds(page.seal)):
            self.store.drop(key)
            return None
        return page

    def _send(
        self,
        environ: Environ,
        start_response: Callable[..., Any],
        key: Key,
        page: Page,
        began: float,
    ) -> Iterable[bytes]:
        environ[REQUEST_ID_KEY] = request_id = request_id_for(environ)
        named = (HEADER, request_id)
        asked = environ.get("HTTP_IF_NONE_MATCH")
        if asked is not None and matches(asked, page.etag):
            status = 304
            start_response("304 Not Modified", [*page.not_modified, named])
            answer: Sequence[bytes] = ()
        else:
            status = 200
            made = len(page.variants)
            variant = page.variant(environ.get("HTTP_ACCEPT_ENCODING", ""))
            if len(page.variants) != made:
                self.store.put(key, page)
            start_response(page.status, [*variant.headers, named])
            answer = () if environ["REQUEST_METHOD"] == "HEAD" else (variant.body,)
        if _observers:
            seconds = time.perf_counter() - began
            for observer in _observers:
                observer(environ, status, seconds)
        return answer

    def _render(
        self,
        environ: Environ,
        start_response: Callable[..., Any],
        key: Key | None,
        moment: Moment | None,
    ) -> Iterable[bytes]:
        """Have Django answer; keep the answer if the view allows it and nothing speaks against."""
        mark = environ[ENVIRON_KEY] = Mark(anonymous=key is not None)
        begun: list[Any] = []

        def catch(status: str, headers: Headers, exc_info: Any = None) -> None:
            begun[:] = [status, headers]

        response = self.application(environ, catch)
        status, headers = begun
        if not mark.asked or not status.startswith("200"):
            start_response(status, headers)
            return response
        headers = with_defaults(headers, mark)
        if key is None or moment is None or getattr(response, "streaming", False):
            start_response(status, headers)
            return response
        seal = self._seal(moment, mark, headers)
        if seal is None:
            start_response(status, headers)
            return response
        kept = [pair for pair in headers if pair[0].lower() not in NOT_KEPT]
        try:
            body = b"".join(response)
        finally:
            _close(response)
        page = Page(status, kept, body, seal, end_of_life(mark.seconds))
        self.store.put(key, page)
        # The one who waited for the rendering does not wait for the compression as well.
        sent = [*page.headers, ("Content-Length", str(len(page.body))), ("X-Cache", "kept")]
        sent += [pair for pair in headers if pair[0].lower() == "x-request-id"]
        start_response(status, sent)
        return (page.body,)

    def _seal(self, moment: Moment, mark: Mark, headers: Headers) -> Seal | None:
        """The seal under which the answer may be kept, or None if it may not."""
        if mark.refused or personal(mark) or not all(neutral(*pair) for pair in headers):
            return None
        try:
            return self.versions.seal(moment, mark.tags)
        except VersionsUnavailable:
            return None


def normalized(query: str) -> str | None:
    """``query`` with its parameters in order and those of trackers left out; None if too long."""
    if not query:
        return ""
    if len(query) > LONGEST_QUERY:
        return None
    pairs = parse_qsl(query, keep_blank_values=True)
    ours = [
        (name, value)
        for name, value in pairs
        if name not in TRACKING and not name.startswith("utm_")
    ]
    return urlencode(sorted(ours, key=lambda pair: pair[0]))


def neutral(name: str, value: str) -> bool:
    """Whether an answer with this header can be the same for everyone who asks with its key."""
    match name.lower():
        case "set-cookie" | "content-encoding" | "content-range":
            return False
        case "vary":
            return {part.strip().lower() for part in value.split(",")} <= VARY_KNOWN
        case "cache-control":
            return not any(word in value.lower() for word in ("private", "no-store"))
        case "content-security-policy" | "content-security-policy-report-only":
            return "'nonce-" not in value
    return True


def personal(mark: Mark) -> bool:
    """Whether the answer shows a message, or may repeat what this visitor added to the address."""
    request = mark.request
    if request is None or getattr(getattr(request, "_messages", None), "added_new", False):
        return True
    # As it was sent: with a tracker's parameter the page may repeat it in its links.
    sent = {name for name, _ in parse_qsl(request.META.get("QUERY_STRING", ""), True)}
    return not sent <= mark.params


def with_defaults(headers: Headers, mark: Mark) -> Headers:
    """``headers`` with what browsers and proxies need to know about a page that may be kept.

    A page of the anonymous may be stored anywhere and is asked for again each time, which costs a
    304; that of a person signed in stays in their own browser.
    """
    names = {name.lower() for name, _ in headers}
    varies = ["Cookie", "HX-Request", "Accept-Encoding"]
    result = []
    for name, value in headers:
        if name.lower() == "vary":
            known = {field.strip().lower() for field in value.split(",")}
            varies = [value, *(field for field in varies if field.lower() not in known)]
        else:
            result.append((name, value))
    result.append(("Vary", ", ".join(varies)))
    if "cache-control" not in names:
        public = mark.anonymous and not mark.refused and "set-cookie" not in names
        result.append(("Cache-Control", "no-cache" if public else "private, no-cache"))
    return result


def matches(asked: str, etag: str) -> bool:
    """Whether ``If-None-Match: asked`` names ``etag``, by the weak comparison of RFC 9110."""
    opaque = etag.removeprefix("W/")
    tags = [tag.strip().removeprefix("W/") for tag in asked.split(",")]
    return "*" in tags or opaque in tags


def end_of_life(seconds: int) -> float:
    """When a page made now ends: after ``seconds``, or with the day in the portal's timezone."""
    now = timezone.localtime()
    tomorrow = now.date() + dt.timedelta(days=1)
    midnight = timezone.make_aware(dt.datetime.combine(tomorrow, dt.time()))
    return min(now.timestamp() + seconds, midnight.timestamp())


def _close(response: Iterable[bytes]) -> None:
    close = getattr(response, "close", None)
    if close is not None:
        close()
