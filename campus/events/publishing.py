"""An editor publishes the page of a draft: the event is announced with it (E1, E2).

In the editor a refusal (a session in the past, a hall that is too small) is told and the page stays a
draft. Where nobody can be told (a review that ends, a planned hour, a translation) the page goes out, but
is shown to nobody until the event is scheduled.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.log_actions import get_active_log_context
from wagtail.models import Page
from wagtail.signals import page_published

from campus.events import rules, services
from campus.events.models import Event, EventPage
from campus.events.views.base import sentence_of
from campus.events.writing import hall_told
from portal.errors import DomainError


def before_publish(request: HttpRequest, page: Page) -> HttpResponse | None:
    """Schedule the draft that the page is about, or say why not and leave the page unpublished."""
    page = page.specific
    if not isinstance(page, EventPage) or page.event.state != Event.State.DRAFT:
        return None
    if page.go_live_at and page.go_live_at > timezone.now():
        return None  # then, not now
    if not request.user.has_perm(rules.MANAGE, page.event):
        messages.error(
            request,
            _("The event is a draft still. Its organizers or an admin schedule it first."),
        )
    else:
        try:
            event = services.schedule(event_id=page.event_id, actor=request.user)
        except DomainError as refusal:
            messages.error(request, sentence_of(refusal))
        else:
            messages.success(request, hall_told(event))
            page.event = event
            return None
    return HttpResponseRedirect(reverse("wagtailadmin_pages:edit", args=[page.pk]))


def published(sender: Any, instance: EventPage, **_kwargs: Any) -> None:
    """Schedule the draft of a page that went out by another way, as far as it can be."""
    if instance.event.state != Event.State.DRAFT:
        return
    actor = get_active_log_context().user
    try:
        instance.event = services.schedule(event_id=instance.event_id, actor=actor)
    except DomainError:
        return  # the page waits, hidden, until the event is scheduled


def connect() -> None:
    """Listen; once, when the apps are ready."""
    page_published.connect(published, sender=EventPage, dispatch_uid="events:page_published")
