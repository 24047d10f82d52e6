"""Pages of notifications: the inbox, the bell's menu, reading and acting without JavaScript."""

import uuid

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from campus.notifications import queries, registry, services
from campus.notifications.models import Channel, Notification
from portal.pages import domain_errors_as_messages, done, guarded
from portal.permissions import SIGNED_IN, signed_in

PAGE_SIZE = 25


@guarded(SIGNED_IN)
@require_GET
@never_cache
def inbox(request: HttpRequest) -> HttpResponse:
    """``notifications/inbox.html`` with ``notifications`` (``queries.Line``), ``page_obj``, ``unread``."""
    found = Notification.objects.visible_to(request.user)
    if request.GET.get("unread"):
        found = found.unread()
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "notifications": queries.lines_of(page.object_list),
        "only_unread": bool(request.GET.get("unread")),
        "unread": services.unread_counts([signed_in(request).pk])[signed_in(request).pk],
    }
    return render(request, "notifications/inbox.html", context)


@guarded(SIGNED_IN)
@require_GET
@never_cache
def menu(request: HttpRequest) -> HttpResponse:
    """The list in the bell's menu: ``notifications/menu.html`` with ``notifications`` and ``unread``."""
    return _menu(request)


def _menu(request: HttpRequest) -> HttpResponse:
    context = {
        "notifications": queries.latest_of(signed_in(request)),
        "unread": services.unread_counts([signed_in(request).pk])[signed_in(request).pk],
    }
    return render(request, "notifications/menu.html", context)


@guarded(SIGNED_IN)
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark all as read, then back to the inbox (htmx: the menu again)."""
    services.mark_all_read(user=signed_in(request))
    if request.headers.get("HX-Request"):
        return _menu(request)
    return redirect("notifications:inbox")


@guarded(SIGNED_IN)
@require_POST
@domain_errors_as_messages
def read(request: HttpRequest, notification_id: uuid.UUID) -> HttpResponse:
    """Mark one as read and go to what it is about."""
    found = services.mark_read(user=signed_in(request), notification_id=notification_id)
    return redirect(queries.line_of(found).path or reverse("notifications:inbox"))


@guarded(SIGNED_IN)
@require_POST
@domain_errors_as_messages
def action(request: HttpRequest, notification_id: uuid.UUID) -> HttpResponse:
    """Do what a notification asks for (N3): POST ``action``, else its own."""
    services.take_action(
        user=signed_in(request),
        notification_id=notification_id,
        action=request.POST.get("action", "")[:64],
    )
    return done(request, _("Done."), to=reverse("notifications:inbox"))


@guarded(SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def preferences(request: HttpRequest) -> HttpResponse:
    """``notifications/preferences.html`` with ``rows``: each type's label and its channels.

    A POST holds ``on`` for every ``type:channel`` that is switched on; the others are switched off.
    """
    if request.method == "POST":
        on = set(request.POST.getlist("on"))
        for choice in queries.preferences_of(signed_in(request)):
            is_on = f"{choice['type']}:{choice['channel']}" in on
            if is_on != choice["is_on"]:
                services.set_preference(
                    user=signed_in(request),
                    type=choice["type"],
                    channel=choice["channel"],
                    is_on=is_on,
                )
        return done(request, _("Saved."), to=reverse("notifications:preferences"))
    choices = queries.preferences_of(signed_in(request))
    rows = [
        {
            "label": kind.label,
            "choices": [choice for choice in choices if choice["type"] == kind.name],
        }
        for kind in registry.all_types()
    ]
    context = {"rows": rows, "channels": Channel.labels}
    return render(request, "notifications/preferences.html", context)
