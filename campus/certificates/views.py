"""Pages of certificates: the public ones that say whether one holds (C2)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from campus.certificates import queries
from campus.certificates.forms import LookUpForm, VerifyFileForm
from portal.pages import guarded
from portal.permissions import PUBLIC


def _page(request: HttpRequest, status: int = 200, **facts: Any) -> HttpResponse:
    """Names of people are for who has the paper, not for who searches the web."""
    facts = {"look_up": LookUpForm(), "upload": VerifyFileForm(), **facts}
    page = render(request, "certificates/verify.html", facts, status=status)
    page["X-Robots-Tag"] = "noindex"
    return page


@guarded(PUBLIC)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify_any(request: HttpRequest) -> HttpResponse:
    """Ask by number or by file (``certificates/verify.html``)."""
    if request.method == "POST":
        upload = VerifyFileForm(request.POST, request.FILES)
        if not upload.is_valid():
            return _page(request, status=422, upload=upload)
        found = queries.find(queries.sha256_of(upload.cleaned_data["file"].chunks()))
        return _page(request, certificate=found, asked=True, by_file=True)
    if "key" not in request.GET:
        return _page(request)
    look_up = LookUpForm(request.GET)
    if not look_up.is_valid():
        return _page(request, status=422, look_up=look_up)
    found = queries.find(look_up.cleaned_data["key"])
    if found is None:
        return _page(request, status=404, look_up=look_up, asked=True)
    return redirect("certificates:verify", found.hash)


@guarded(PUBLIC)
@never_cache
@require_safe
def verify(request: HttpRequest, key: str) -> HttpResponse:
    """Whether one certificate holds: what its QR code leads to, for anyone and for ever (C2, C6)."""
    found = queries.find(key)
    status = 404 if found is None else 200
    return _page(request, status=status, certificate=found, asked=True)
