"""A visitor who speaks WSGI to the cache, as a server would."""

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from portal.pagecache import PageCache


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def cache(self) -> str:
        """``hit``, ``kept`` or nothing: how the cache took part."""
        return self.headers.get("x-cache", "")


@dataclass
class Visitor:
    """Asks with its cookies, and does not keep new ones."""

    site: PageCache
    cookies: dict[str, str] = field(default_factory=dict)
    host: str = "testserver"

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def ask(self, method: str, path: str, **headers: str) -> Answer:
        path, _, query = path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": self.host,
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": self.host,
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_LENGTH": "0",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        if self.cookies:
            environ["HTTP_COOKIE"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        for name, value in headers.items():
            environ[f"HTTP_{name.upper()}"] = value
        begun: list[Any] = []
        body: Iterable[bytes] = self.site(
            environ, lambda status, head: begun.extend([status, head])
        )
        try:
            data = b"".join(body)
        finally:
            getattr(body, "close", lambda: None)()
        return Answer(
            int(begun[0].split()[0]), {name.lower(): value for name, value in begun[1]}, data
        )
