"""Uploaded public files, where no proxy and no bucket serves them (O1)."""

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.static import serve

from portal.permissions import PUBLIC, declare

# An uploaded file never runs as a page of this site.
SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@declare(PUBLIC)
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """One file below ``MEDIA_ROOT``, with its time and a day of cache."""
    try:
        response = serve(request, path, document_root=str(settings.MEDIA_ROOT))
    except OSError:  # a name that is too long for any file
        raise Http404 from None
    response["Content-Security-Policy"] = SANDBOX
    response["Cache-Control"] = "public, max-age=86400"
    return response


urlpatterns = [path(f"{settings.MEDIA_URL.strip('/')}/<path:path>", media, name="media")]
