"""Pages of notifications: the inbox, the bell's menu, reading and acting without JavaScript."""

import uuid

from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from campus.notifications import digests, preferences, queries, services
from campus.notifications.forms import PreferencesForm, UnsubscribeForm
from campus.notifications.models import Channel, Notification
from portal.pages import domain_errors_as_messages, done, guarded
from portal.permissions import PUBLIC_EVEN_HELD, SIGNED_IN, signed_in

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
def choices(request: HttpRequest) -> HttpResponse:
    """``notifications/preferences.html``: when each type comes by each channel (N2)."""
    user = signed_in(request)
    form = PreferencesForm(request.POST or None, chosen=preferences.choices_of(user.pk))
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            for change in form.changes():
                preferences.choose(user=user, **change)
        return done(request, _("Saved."), to=reverse("notifications:preferences"))
    context = {"form": form, "channels": Channel.labels, "hour": digests.HOUR}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "notifications/preferences.html", context, status=status)


@csrf_exempt  # A mail program sends it by itself (RFC 8058); the signed link is what allows it.
@guarded(PUBLIC_EVEN_HELD)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@domain_errors_as_messages
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """``notifications/unsubscribe.html``: stop a mail from the mail itself, without a sign-in (N2).

    Opening it changes nothing, since mail servers open links by themselves; a POST does, from the page
    or by one click in the mail program.
    """
    word = preferences.read(token)
    form = UnsubscribeForm(request.POST or None, label=word.label)
    stopped = request.method == "POST" and (not form.is_bound or form.is_valid())
    if stopped:
        scope = form.cleaned_data["scope"] if form.is_bound else preferences.ONE
        preferences.unsubscribe(token=token, scope=scope or preferences.ONE)
    context = {
        "form": form,
        "label": word.label,
        "stopped": stopped,
        "all": stopped and form.is_bound and form.cleaned_data["scope"] == preferences.ALL,
    }
    status = 422 if form.is_bound and form.errors else 200
    answer = render(request, "notifications/unsubscribe.html", context, status=status)
    answer["Referrer-Policy"] = "no-referrer"  # the address is a key
    return answer
