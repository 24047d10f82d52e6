"""Files that the API of events hands out."""

from django.http import HttpResponse


def as_file(body: bytes, name: str, kind: str) -> HttpResponse:
    """A file to keep."""
    told = HttpResponse(body, content_type=kind)
    told["Content-Disposition"] = f'attachment; filename="{name}"'
    told["X-Content-Type-Options"] = "nosniff"
    return told


def as_private(body: bytes, name: str, kind: str) -> HttpResponse:
    """A file for the person who asked and nobody's cache."""
    told = as_file(body, name, kind)
    told["Cache-Control"] = "private, no-store"
    return told
