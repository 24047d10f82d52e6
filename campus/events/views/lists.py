"""Lists of who was there: brought as a file, looked at, applied or let go (E5)."""

import uuid
from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campus.accounts.acting import acting_user
from campus.events import importers, rules, services
from campus.events.forms import AttendanceListForm
from campus.events.models import Event
from campus.events.views.base import led_on, of_event, show
from portal.errors import DomainError
from portal.imports import progress
from portal.imports import services as imports
from portal.imports.models import Import, ImportRow
from portal.imports.registry import importer_of
from portal.pages import domain_errors_as_messages, guarded
from portal.permissions import requires

PER_PAGE, SHOWN = 50, 10
DEEDS: dict[str, Callable[..., Import]] = {
    "apply": imports.apply,
    "check": imports.check_again,
    "discard": imports.discard,
}


def _lists(request: HttpRequest, event: Event) -> Any:
    """The lists of the event that the reader may see, newest first."""
    seen = Import.objects.visible_to(request.user)
    return seen.filter(kind=importers.KIND, subject=event.pk).order_by("-created_at", "id")


@guarded(requires(rules.CHECK_IN))
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@of_event(rules.CHECK_IN)
def attendance(request: HttpRequest, event: Event) -> HttpResponse:
    """Bring a list (``events/organize/attendance.html``); below it those that were brought.

    Context: ``form``, ``columns`` that a list may have, ``lists``, and ``opens`` (whether the event takes
    lists now).
    """
    form = AttendanceListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            brought = services.upload_attendance(
                event_id=event.pk, file=file.file, name=file.name, actor=acting_user(request)
            )
        except DomainError as refusal:
            show(refusal, form)
        else:
            return led_on(
                request,
                _("The list is here. Nothing is marked until you have looked at it."),
                to=reverse("events:attendance_list", args=[event.slug, brought.pk]),
            )
    context = {
        "event": event,
        "form": form,
        "columns": importer_of(importers.KIND).tables[0].columns,
        "lists": _lists(request, event)[:SHOWN],
        "opens": event.takes_lists(),
    }
    status = 200 if request.method != "POST" else 422
    return render(request, "events/organize/attendance.html", context, status=status)


@guarded(requires(rules.CHECK_IN))
@never_cache
@require_safe
@of_event(rules.CHECK_IN)
def attendance_list(request: HttpRequest, event: Event, list_id: uuid.UUID) -> HttpResponse:
    """One list: what each row would do, and whom it did not find (``events/organize/list.html``).

    Context: ``brought`` (an import), ``page`` of its rows (those with errors first), ``done`` and ``total``
    rows while it is worked at; the page fetches itself again as long as it is.
    """
    brought = get_object_or_404(_lists(request, event), pk=list_id)
    done, total = progress.of(brought)
    rows = ImportRow.objects.filter(owner=brought).order_by("position")
    only_wrong = bool(brought.rows_wrong) and request.GET.get("rows") != "all"
    if only_wrong:
        rows = rows.filter(outcome=ImportRow.Outcome.WRONG)
    context = {
        "event": event,
        "brought": brought,
        "done": done,
        "total": total,
        "only_wrong": only_wrong,
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "events/organize/list.html", context)


@guarded(requires(rules.CHECK_IN))
@never_cache
@require_POST
@of_event(rules.CHECK_IN)
@domain_errors_as_messages
def change_list(request: HttpRequest, event: Event, list_id: uuid.UUID, deed: str) -> HttpResponse:
    """Mark all whom the list names (``apply``), look at it anew (``check``), or let it go (``discard``)."""
    brought = get_object_or_404(_lists(request, event), pk=list_id)
    if deed not in DEEDS:
        raise Http404
    DEEDS[deed](owner=brought, actor=acting_user(request))
    if deed == "discard":
        return led_on(
            request,
            _("The list is let go. Nothing was marked."),
            to=reverse("events:attendance", args=[event.slug]),
        )
    told = _("They are being marked.") if deed == "apply" else _("It is being looked at again.")
    to = reverse("events:attendance_list", args=[event.slug, brought.pk])
    return led_on(request, told, to=to)
