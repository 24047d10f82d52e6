"""The one door to WeasyPrint, which reads nothing but what it is handed here (C7).

WeasyPrint needs libraries that a machine may lack, and takes seconds to load: it is imported when the
first PDF is made, and :class:`CannotRender` says what is missing.
"""

import gc
import logging
import threading
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.utils.translation import gettext as _

from campus.certificates.errors import CannotRender
from campus.certificates.rendering import fonts, sources

FONTS = (
    "'Noto Sans','Noto Naskh Arabic','Noto Sans Arabic','Noto Sans Bengali','Noto Sans Kannada',"
    "'Noto Sans Devanagari','Noto Sans CJK SC','DejaVu Sans',sans-serif"
)
_BASE = (
    "html,body{{margin:0;padding:0;font-family:{fonts}}}"
    ".certificate{{position:absolute;z-index:0;left:0;width:{width}mm;height:{height}mm;overflow:hidden;"
    "box-sizing:border-box;margin:0}}"
    ".certificate [data-field=qr]{{width:28mm;height:28mm}}"
)
Files = Mapping[str, tuple[bytes, str]]
"""What may be read: by address, the bytes and their content type."""


def sheet(version: Any, *, pages: int = 1, background: bool = False) -> str:
    """The style sheet around a template's own: ``pages`` of its size, one below the other, in one sheet."""
    width, height = version.millimeters
    image = (
        f"html{{background:url({sources.BACKGROUND}) 0 0/{width}mm {height}mm no-repeat}}"
        if background and version.background
        else ""
    )
    page = f"@page{{size:{width}mm {height * pages}mm;margin:0}}"
    return page + _BASE.format(fonts=FONTS, width=width, height=height) + image


def document(version: Any, styles: str, bodies: list[str]) -> str:
    """A whole HTML document of certificates, one below the other."""
    height = version.millimeters[1]
    inner = "".join(
        f'<div class="certificate" style="top:{height * index:g}mm">{body}</div>'
        for index, body in enumerate(bodies)
    )
    return (
        f'<!doctype html><html lang="{version.language}" dir="{version.direction}"><head>'
        f"<style>{styles}</style><style>{version.css}</style></head><body>{inner}</body></html>"
    )


def write(html: str, files: Files) -> bytes:
    """The PDF of ``html``. Raises :class:`CannotRender` where libraries are missing."""
    weasyprint = _weasyprint()
    with _no_collector:
        page = weasyprint.HTML(string=html, base_url="template:", url_fetcher=fetcher(files))
        return bytes(page.write_pdf())


def fetcher(files: Files) -> Any:
    """What hands WeasyPrint these files and nothing else (C7)."""
    return _fetcher()(files)


class _NoCollector:
    """Keeps Python's collector of circles away while documents are laid out.

    Until the end of a document all of its boxes are in use; looking through them again and again for what
    is not was a quarter of the time. Threads share the collector: the last one switches it on.
    """

    def __init__(self) -> None:
        self._lock, self._inside, self._was_on = threading.Lock(), 0, False

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._was_on = gc.isenabled()
                gc.disable()
            self._inside += 1

    def __exit__(self, *_error: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside and self._was_on:
                gc.enable()


_no_collector = _NoCollector()


def check_machine() -> None:
    """Raise :class:`CannotRender` naming the packages that this machine lacks."""
    missing = fonts.missing_packages()
    if missing:
        raise CannotRender(
            _("Libraries for PDFs are missing on this machine. On Debian: apt install %(packages)s")
            % {"packages": " ".join([*missing, *fonts.FONT_PACKAGES])}
        )


@cache
def _weasyprint() -> Any:
    check_machine()
    import weasyprint  # noqa: PLC0415 (see above)

    logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)
    return weasyprint


@cache
def _fetcher() -> Any:
    from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: PLC0415 (see above)

    class OwnFilesOnly(URLFetcher):
        """Hands out what it was made with. Nothing is opened: no file, no address, no ``data:``."""

        def __init__(self, files: Files) -> None:
            super().__init__(allowed_protocols=(), allow_redirects=False)
            self._files = files

        def fetch(self, url: str, headers: Any = None) -> Any:
            """One of the template's own files; for everything else ``ValueError``."""
            found = self._files.get(url)
            if found is None:
                raise ValueError("No file of the template.")
            data, kind = found
            return URLFetcherResponse(url, data, {"Content-Type": kind})

    return OwnFilesOnly
