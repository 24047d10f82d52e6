"""The site's mark where browsers and mail programs look for it unasked."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import path
from django.views.decorators.http import require_safe

from portal.permissions import PUBLIC, declare


@declare(PUBLIC)
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Where the file lies: its name changes with its content, this answer holds for a day."""
    response = HttpResponseRedirect(static("img/favicon.ico"))
    response["Cache-Control"] = "public, max-age=86400"
    return response


urlpatterns = [path("favicon.ico", favicon, name="favicon")]
