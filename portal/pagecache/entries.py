"""Kept pages: their bytes in each encoding, in a bounded store of the process."""

import gzip
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from portal.pagecache.versions import Seal

try:
    import brotli
except ImportError:  # the package is optional: browsers all take gzip
    brotli = None

Headers = list[tuple[str, str]]

SMALLEST_COMPRESSED = 500


@dataclass(slots=True)
class Variant:
    """A page's bytes in one encoding, with the headers that go before them."""

    headers: Headers
    body: bytes


@dataclass(slots=True)
class Page:
    """One kept page. ``expires`` is in seconds of ``time.time()``."""

    status: str
    headers: Headers
    body: bytes
    seal: Seal
    expires: float
    etag: str = ""
    variants: dict[str, Variant] = field(default_factory=dict)
    not_modified: Headers = field(default_factory=list)

    def __post_init__(self) -> None:
        # Weak: it stands for the words, whichever way they are encoded.
        self.etag = f'W/"{hashlib.blake2b(self.body, digest_size=12).hexdigest()}"'
        self.headers = [*self.headers, ("ETag", self.etag)]
        kept = {"cache-control", "content-language", "etag", "vary"}
        self.not_modified = [pair for pair in self.headers if pair[0].lower() in kept]

    def size(self) -> int:
        """Bytes it takes, its headers and keys estimated."""
        return 2000 + len(self.body) + sum(len(v.body) for v in self.variants.values())

    def variant(self, accepted: str) -> Variant:
        """The bytes to send to a client whose ``Accept-Encoding`` is ``accepted``.

        An encoding is made when it is first asked for, so that a page asked for once costs nothing.
        """
        name = encoding_for(accepted) if len(self.body) >= SMALLEST_COMPRESSED else ""
        known = self.variants.get(name)
        if known is None:
            body, extra = self.body, Headers()
            if name == "br":
                body = brotli.compress(self.body, quality=6)
            elif name == "gzip":
                body = gzip.compress(self.body, 6, mtime=0)
            if name:
                extra = [("Content-Encoding", name)]
            headers = [
                *self.headers,
                *extra,
                ("Content-Length", str(len(body))),
                ("X-Cache", "hit"),
            ]
            known = self.variants[name] = Variant(headers, body)
        return known


_encodings: dict[str, str] = {}


def encoding_for(accepted: str) -> str:
    """The best encoding that ``Accept-Encoding: accepted`` allows: ``br``, ``gzip`` or none."""
    known = _encodings.get(accepted)
    if known is None:
        allowed = set()
        for part in accepted.lower().split(","):
            name, *options = (piece.strip() for piece in part.split(";"))
            if not any(option.replace(" ", "") in REFUSED for option in options):
                allowed.add(name)
        known = "br" if brotli and "br" in allowed else "gzip" if "gzip" in allowed else ""
        if len(_encodings) < 1000:
            _encodings[accepted] = known
    return known


REFUSED = frozenset({"q=0", "q=0.0", "q=0.00", "q=0.000"})


T = TypeVar("T")


class Recent(Generic[T]):
    """At most ``most`` values by key, the least lately used thrown out; safe among threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> T | None:
        """The value under ``key``, which now counts as just used."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key]

    def put(self, key: Hashable, value: T) -> None:
        """Keep ``value``."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._most:
                self._values.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._values.clear()


class Store:
    """Kept pages of this process, the least lately used thrown out above ``limit`` bytes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._pages: OrderedDict[Hashable, tuple[Page, int]] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Page | None:
        """The page under ``key``, which now counts as just used."""
        with self._lock:
            found = self._pages.get(key)
            if found is None:
                return None
            self._pages.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, page: Page) -> None:
        """Keep ``page``, or weigh it anew if it is there. One larger than an eighth is not kept."""
        size = page.size()
        with self._lock:
            self._drop(key)
            if size > self.limit // 8:
                return
            self._pages[key] = (page, size)
            self._size += size
            while self._size > self.limit:
                self._drop(next(iter(self._pages)))

    def drop(self, key: Hashable) -> None:
        """Forget what is under ``key``."""
        with self._lock:
            self._drop(key)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._pages.clear()
            self._size = 0

    def _drop(self, key: Hashable) -> None:
        held = self._pages.pop(key, None)
        if held is not None:
            self._size -= held[1]

    def __len__(self) -> int:
        return len(self._pages)

    @property
    def size(self) -> int:
        """Bytes that the kept pages take."""
        return self._size
