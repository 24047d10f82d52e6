"""Pages of certificates: the public ones that say whether one holds (C2), one's own, and the addresses
at which verifiers of badges ask (C4)."""

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from campus.certificates import badges, queries, rules
from campus.certificates.downloads import pdf_answer
from campus.certificates.errors import NotOffered
from campus.certificates.forms import LookUpForm, VerifyFileForm
from campus.certificates.models import Certificate
from campus.institutions.models import Institution
from portal.pages import domain_errors_as_messages, guarded
from portal.permissions import PUBLIC, declare, requires

PER_PAGE = 50


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


# --- one's own -------------------------------------------------------------------------------------


def _seen(request: HttpRequest) -> Any:
    found = Certificate.objects.visible_to(request.user)
    return found.select_related("student__user", "user", "institution", "version", "superseded_by")


@guarded(requires(rules.VIEW))
@never_cache
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """One's own certificates and one's children's (``certificates/mine.html``), the newest first."""
    rows = Certificate.objects.held_by(request.user).select_related("student", "superseded_by")
    page = Paginator(rows.order_by("-issued_at", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    facts = {"page": page, "rows": page.object_list, "me": request.user}
    return render(request, "certificates/mine.html", facts)


@guarded(requires(rules.VIEW))
@never_cache
@require_safe
def certificate(request: HttpRequest, certificate_id: uuid.UUID) -> HttpResponse:
    """One certificate with what can be done with it (``certificates/certificate.html``)."""
    row = get_object_or_404(_seen(request), pk=certificate_id)
    facts = {
        "certificate": row,
        "address": queries.verify_address(row),
        "has_badge": badges.is_offered(),
    }
    return render(request, "certificates/certificate.html", facts)


@guarded(requires(rules.VIEW))
@never_cache
@require_safe
@domain_errors_as_messages
def pdf(request: HttpRequest, certificate_id: uuid.UUID) -> HttpResponseBase:
    """The PDF, for those who see the certificate; asked at each download."""
    return pdf_answer(get_object_or_404(_seen(request), pk=certificate_id))


@guarded(requires(rules.VIEW))
@never_cache
@require_safe
@domain_errors_as_messages
def badge(request: HttpRequest, certificate_id: uuid.UUID) -> HttpResponse:
    """The signed Open Badge as a file, to put into a wallet (C4)."""
    row = get_object_or_404(_seen(request), pk=certificate_id)
    return badge_answer(row)


def badge_answer(row: Certificate) -> HttpResponse:
    """The token as a download."""
    answer = HttpResponse(badges.signed(row), content_type="application/vc+jwt")
    answer["Content-Disposition"] = f'attachment; filename="{row.number.lower()}.jwt"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


# --- for verifiers of badges -----------------------------------------------------------------------


def _open(facts: dict[str, Any]) -> JsonResponse:
    return JsonResponse(facts, headers={"Access-Control-Allow-Origin": "*"})


def _key() -> dict[str, Any]:
    try:
        return badges.public_key()
    except NotOffered as refusal:
        raise Http404 from refusal


@declare(PUBLIC)
@require_safe
def badge_keys(request: HttpRequest) -> HttpResponse:
    """All keys that badges are signed with, as a JWK set."""
    return _open({"keys": [_key()]})


@declare(PUBLIC)
@require_safe
def badge_key(request: HttpRequest, kid: str) -> HttpResponse:
    """One key: what ``kid`` of a badge leads to."""
    found = _key()
    if found["kid"] != kid:
        raise Http404
    return _open(found)


@declare(PUBLIC)
@require_safe
def badge_issuer(request: HttpRequest, institution_id: int) -> HttpResponse:
    """The profile of an institution: what ``issuer.id`` of a badge leads to."""
    _key()
    institution = get_object_or_404(Institution, pk=institution_id)
    return _open({"@context": badges.CONTEXT, **badges.profile(institution)})


@declare(PUBLIC)
@require_safe
def badge_revocations(request: HttpRequest, institution_id: int) -> HttpResponse:
    """What of an institution holds no more: what ``credentialStatus`` of a badge leads to."""
    _key()
    return _open(badges.revocations(get_object_or_404(Institution, pk=institution_id)))
