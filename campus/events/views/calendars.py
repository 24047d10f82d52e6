"""The private calendar: its secret address, to subscribe to, to renew and to close (E8)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from campus.accounts.acting import acting_user
from campus.events import feeds
from campus.events.models import CalendarFeed
from campus.events.views.base import led_on
from portal.pages import guarded
from portal.permissions import SIGNED_IN


@guarded(SIGNED_IN)
@never_cache
@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """The address of the reader's own calendar, if there is one (``events/feed.html``).

    Context: ``address`` (None where there is none yet) and ``public``, the address of everybody's.
    """
    found = CalendarFeed.objects.filter(user=acting_user(request)).first()
    context = {
        "address": found and feeds.address_of(found),
        "public": request.build_absolute_uri(reverse("api:events-calendar")),
    }
    return render(request, "events/feed.html", context)


@guarded(SIGNED_IN)
@never_cache
@require_POST
def change_feed(request: HttpRequest, deed: str) -> HttpResponse:
    """Make the address (``open``), give the calendar another (``renew``), or none (``close``)."""
    user = acting_user(request)
    if deed == "open":
        feeds.open_feed(actor=user)
        told = _("Your calendar has an address now.")
    elif deed == "renew":
        feeds.replace_feed(actor=user)
        told = _("Your calendar has another address. The old one leads nowhere.")
    elif deed == "close":
        feeds.close_feed(actor=user)
        told = _("Your calendar has no address any more.")
    else:
        raise Http404
    return led_on(request, told, to=reverse("events:feed"))
