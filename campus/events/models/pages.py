"""The editorial pages of events: their words in one language; times, places and states stay in the model."""

from typing import Any

from django.db import models
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page
from wagtail.search import index

from campus.events.blocks import EventBlocks
from campus.events.models.events import Event
from campus.institutions.models import ProfilePage


class EventIndexPage(Page):
    """The list of events with an editor's words above it."""

    intro = RichTextField(_("introduction"), blank=True)

    content_panels = [*Page.content_panels, FieldPanel("intro")]
    search_fields = [*Page.search_fields, index.SearchField("intro")]
    parent_page_types = ["home.HomePage"]
    subpage_types = ["events.EventPage"]
    max_count_per_parent = 1

    class Meta:
        verbose_name = _("list of events")

    def get_url_parts(self, request: HttpRequest | None = None) -> tuple[int, str, str] | None:
        """The address of the list in the page's language: the one that the list's view serves."""
        parts = super().get_url_parts(request)
        if parts is None:
            return None
        with translation.override(self.locale.language_code):
            return (parts[0], parts[1], reverse("events:events"))

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Its place in the tree leads to that address."""
        return redirect(self.get_url(request) or reverse("events:events"))

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponseBase:
        """The list with these words above it."""
        from campus.events.views.public import events  # noqa: PLC0415 (views import the models)

        return events(request, self)


class EventPage(ProfilePage):
    """An editor's page on one event. It may have one in each language.

    Publishing it schedules a draft (``campus.events.publishing``); while the event is not public, nobody is
    shown the page.
    """

    event = models.ForeignKey(
        Event, verbose_name=_("event"), on_delete=models.PROTECT, related_name="pages"
    )
    body = StreamField(EventBlocks(), blank=True, verbose_name=_("body"))

    subject_field = "event"
    content_panels = [
        *Page.content_panels,
        *(FieldPanel(name) for name in ("event", "summary", "body")),
    ]
    search_fields = [*Page.search_fields, index.SearchField("summary"), index.SearchField("body")]
    parent_page_types = ["events.EventIndexPage"]
    template = "events/event.html"

    class Meta:
        verbose_name = _("event page")

    @property
    def page_cache_tags(self) -> tuple[str, ...]:  # type: ignore[override]
        """What the page shows besides words: the event and its club."""
        return (f"event:{self.event_id}", f"club:{self.event.club_id}")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The same context as an event without a page has."""
        from campus.events.views.public import context_of  # noqa: PLC0415 (views import the models)

        context: dict[str, Any] = Page.get_context(self, request, *args, **kwargs)
        return {**context, **context_of(request, self.event)}
