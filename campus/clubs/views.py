"""Pages of clubs: the list, one club with what comes, joining and leaving."""

import uuid
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from campus.accounts.acting import acting_user
from campus.clubs import rules, services
from campus.clubs.models import Club, ClubMember
from campus.institutions.directory import every_word
from campus.institutions.extensions import additions, with_figures
from campus.institutions.models import Institution
from campus.notifications.bell import bell_of
from portal.pagecache import may_cache, remember
from portal.pages import domain_errors_as_messages, done, guarded
from portal.permissions import PUBLIC, declare, requires

PAGE_SIZE = 48
PER_PAGE = 50
LONGEST = 100
DEEDS: dict[str, tuple[Callable[..., ClubMember], Any]] = {
    "accept": (services.accept, gettext_lazy("%(name)s is a member.")),
    "refuse": (services.refuse, gettext_lazy("%(name)s is told that it is a no.")),
    "remove": (services.remove, gettext_lazy("%(name)s is no member any more, and told so.")),
}
FRESH = 60
"""Seconds that a page is kept at most: what comes next in a club changes by the clock alone."""


@declare(PUBLIC)
@require_safe
def clubs(request: HttpRequest) -> HttpResponse:
    """The clubs, by name (``clubs/clubs.html``); GET ``q`` words, ``institution`` a slug, ``page``.

    Context: ``found``, a page of clubs with ``member_count`` and what other apps put on them
    (``next_event``); ``q``, ``institution``, ``institutions``.
    """
    words = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST]
    place = request.GET.get("institution", "").replace("\0", "").strip()[:LONGEST]
    rows = Club.objects.public().select_related("institution", "logo")
    if words:
        rows = rows.filter(every_word(words, "name", "summary", "description"))
    if place:
        rows = rows.filter(institution__slug=place)
    rows = rows.with_member_count().order_by("name", "pk")
    pages = Paginator(rows, PAGE_SIZE)
    page = pages.get_page(request.GET.get("page"))
    page.object_list = with_figures(Club, list(page.object_list))
    may_cache(request, "clubs", "events", params=("q", "institution", "page"), seconds=FRESH)
    context = {
        "found": page,
        "page": page,
        "q": words,
        "institution": place,
        "institutions": remember("clubs.institutions", _institutions, "clubs"),
    }
    return render(request, "clubs/clubs.html", context)


def _institutions() -> list[Institution]:
    public = Club.objects.public().values("institution")
    return list(Institution.objects.filter(pk__in=public).order_by("name")[:100])


def _club(request: HttpRequest, slug: str) -> Club:
    found = (
        Club.objects.visible_to(request.user)
        .select_related("institution", "logo", "coordinator", "head")
        .with_member_count()
        .filter(slug=slug)
        .first()
    )
    if found is None:
        raise Http404
    return found


@declare(PUBLIC)
@require_safe
def club(request: HttpRequest, slug: str) -> HttpResponse:
    """A club: what it is, who runs it, what comes, and the reader's own place in it (``clubs/club.html``).

    Context: ``club`` with ``member_count``, ``officers`` (members with an office), ``member`` (the
    reader's row or None), ``may_join``, what the reader does there (``decides_members``,
    ``writes_events``), and what other apps add (``coming_events``, ``past_events``).
    """
    bell_of(request)
    found = _club(request, slug)
    if found.state == Club.State.ACTIVE:
        tags = (f"club:{found.pk}", "clubs", "events")
        may_cache(request, *tags, seconds=FRESH)
    member = None
    if request.user.is_authenticated:
        own = found.members.filter(user_id=acting_user(request).pk)
        member = own.select_related("role").first()
    gone = member is None or member.state not in {ClubMember.State.ACTIVE, ClubMember.State.ASKED}
    context: dict[str, Any] = {
        "club": found,
        "officers": list(
            found.members.filter(state=ClubMember.State.ACTIVE, role__isnull=False)
            .select_related("role", "user")
            .order_by("role__rank", "since")[:20]
        ),
        "member": None if gone else member,
        "may_join": gone and found.takes_members,
        "decides_members": request.user.has_perm(rules.MEMBERS, found),
        "writes_events": request.user.has_perm(rules.EVENTS, found),
        **additions(found),
    }
    return render(request, "clubs/club.html", context)


@guarded(requires(rules.MEMBERS))
@never_cache
@require_safe
def members(request: HttpRequest, slug: str) -> HttpResponse:
    """The members of a club, for those who decide about them (``clubs/members.html``).

    GET ``q`` words of the name, ``state``, ``page``. Context: ``club``, ``page``, ``asked`` (how many wait
    for an answer), ``state``, ``q``, ``administers`` (who may let go of holders of an office too).
    """
    bell_of(request)
    found = _led_club(request, slug)
    state = request.GET.get("state", "")
    state = state if state in ClubMember.State else ClubMember.State.ACTIVE
    words = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST]
    rows = found.members.filter(state=state).select_related("user", "role")
    if words:
        rows = rows.filter(every_word(words, "user__full_name"))
    pages = Paginator(rows.order_by(F("role__rank").asc(nulls_last=True), "since", "id"), PER_PAGE)
    context = {
        "club": found,
        "page": pages.get_page(request.GET.get("page")),
        "asked": found.members.filter(state=ClubMember.State.ASKED).count(),
        "state": str(state),
        "q": words,
        "administers": acting_user(request).has_perm(rules.ADMINISTER, found),
    }
    return render(request, "clubs/members.html", context)


def _led_club(request: HttpRequest, slug: str) -> Club:
    """The club, whose members the reader decides about; else 403."""
    found = _club(request, slug)
    if not acting_user(request).has_perm(rules.MEMBERS, found):
        raise PermissionDenied
    return found


@guarded(requires(rules.MEMBERS))
@never_cache
@require_POST
@domain_errors_as_messages
def change_member(request: HttpRequest, slug: str, member_id: uuid.UUID, deed: str) -> HttpResponse:
    """Take who asked (``accept``), do not (``refuse``), or let a member go (``remove``)."""
    found = _led_club(request, slug)
    member = found.members.select_related("user").filter(pk=member_id).first()
    if member is None or deed not in DEEDS:
        raise Http404
    service, told = DEEDS[deed]
    service(member_id=member.pk, actor=acting_user(request))
    name = {"name": member.user.full_name}
    return done(request, told % name, to=reverse("clubs:members", args=[found.slug]))


@guarded(requires(rules.JOIN))
@never_cache
@require_POST
@domain_errors_as_messages
def join(request: HttpRequest, slug: str) -> HttpResponse:
    """Become a member, or ask to."""
    found = _club(request, slug)
    member = services.join(club_id=found.pk, actor=acting_user(request))
    is_member = member.state == ClubMember.State.ACTIVE
    message = _("You are a member.") if is_member else _("Your request is sent.")
    return done(request, message, to=found.get_absolute_url())


@guarded(requires(rules.LEAVE))
@never_cache
@require_POST
@domain_errors_as_messages
def leave(request: HttpRequest, slug: str) -> HttpResponse:
    """End one's membership, or take the request back."""
    found = _club(request, slug)
    services.leave(club_id=found.pk, actor=acting_user(request))
    return done(request, _("You left the club."), to=found.get_absolute_url())
