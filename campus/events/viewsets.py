"""Events in the Wagtail admin: listed, inspected with all that hangs on them, written by the services."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import ChoiceFilter, DateFromToRangeFilter, ModelChoiceFilter
from wagtail.admin.filters import DateRangePickerWidget, WagtailFilterSet
from wagtail.admin.views.generic import IndexView, InspectView
from wagtail.models import ModelLogEntry
from wagtail.permissions import register_permission_policy

from campus.clubs.models import Club
from campus.events import queries, rules
from campus.events.admin_views import (
    DEEDS,
    EVENTS,
    ChooseClubView,
    EditEventView,
    WriteEventView,
    deeds_of,
)
from campus.events.filters import with_place
from campus.events.forms import ClubForm
from campus.events.models import Event
from campus.events.services.drafts import wishes_of
from campus.institutions.admin import RuledPolicy, ScopedViewSet
from campus.institutions.extensions import additions
from campus.institutions.models import Institution
from campus.institutions.reading import ReadHistoryView
from campus.venues.models import Hall
from portal.paginators import BoundedPaginator
from portal.permissions import ADMIN_SITE
from portal.service_forms import Way, in_menu, on_page

SHOWN_OF_LOG, SHOWN_OF_PEOPLE = 20, 100

register_permission_policy(
    Event,
    RuledPolicy(
        Event, reach=queries.organized, view=rules.MANAGE, add=rules.MANAGE, change=rules.MANAGE
    ),
)


class EventFilters(WagtailFilterSet):
    """State, club, institution, when, and where."""

    state = ChoiceFilter(label=gettext_lazy("State"), choices=Event.State.choices)
    hall_state = ChoiceFilter(label=gettext_lazy("Hall booking"), choices=Event.HallState.choices)
    starts = DateFromToRangeFilter(label=gettext_lazy("Begins"), widget=DateRangePickerWidget)
    club = ModelChoiceFilter(label=gettext_lazy("Club"), queryset=Club.objects.all())
    club__institution = ModelChoiceFilter(
        label=gettext_lazy("Institution"), queryset=Institution.objects.all()
    )
    hall = ModelChoiceFilter(
        label=gettext_lazy("Hall"), queryset=Hall.objects.select_related("building")
    )

    class Meta:
        model = Event
        fields = ["state", "hall_state", "starts", "club", "club__institution", "hall"]


class EventIndexView(IndexView):
    """Events, and what can be done to each as it is."""

    policy = ADMIN_SITE
    paginator_class = BoundedPaginator

    def get_base_queryset(self) -> Any:
        """With club and hall, in one query."""
        return with_place(super().get_base_queryset())

    def get_list_more_buttons(self, instance: Event) -> list[Any]:
        """Wagtail's own, and the deeds."""
        buttons = super().get_list_more_buttons(instance)
        if not instance.is_editable:
            buttons = [one for one in buttons if one.icon_name != "edit"]
        return buttons + in_menu(deeds_of(instance), first=30)


class EventInspectView(InspectView):
    """One event with its sessions, its halls, its people and its history."""

    policy = ADMIN_SITE
    template_name = "events/admin/inspect.html"

    def get_object(self, queryset: Any = None) -> Event:
        """The event with its club and its hall."""
        found: Event = get_object_or_404(with_place(Event.objects.all()), pk=self.pk)
        return found

    def get_edit_url(self) -> str | None:
        """Where it is edited, while it can be."""
        return super().get_edit_url() if self.object.is_editable else None

    @property
    def header_more_buttons(self) -> list[Any]:
        """Edit, the deeds, its history and its pages on the site."""
        event, edit = self.object, self.get_edit_url()
        ways = [
            *([Way(_("Edit"), edit, "edit")] if edit else []),
            *deeds_of(event),
            Way(_("History"), reverse(f"{EVENTS}:history", args=[event.pk]), "history"),
            Way(_("Organize"), reverse("events:organize", args=[event.slug]), "group"),
            Way(_("Public page"), event.get_absolute_url(), "view"),
        ]
        return on_page(ways, first=10)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What hangs on it; as many people and entries as help at a glance, the rest on their pages."""
        event = self.object
        people = queries.participants_of(event, words="", state="")
        return {
            **super().get_context_data(**kwargs),
            "event": event,
            "figures": queries.figures_of(event),
            "sessions": list(event.sessions.all()),
            "wishes": wishes_of(event),
            "people": list(people[:SHOWN_OF_PEOPLE]),
            "log": list(_log_of(event)[:SHOWN_OF_LOG]),
            **additions(event),
        }


def _log_of(event: Event) -> "QuerySet[ModelLogEntry]":
    entries = ModelLogEntry.objects.for_instance(event)
    return entries.select_related("user").order_by("-timestamp", "-pk")


class EventViewSet(ScopedViewSet):
    """What clubs hold; every write is a service's."""

    model = Event
    icon = "date"
    menu_label = gettext_lazy("Events")
    menu_order = 319
    add_to_admin_menu = True
    add_to_reference_index = False
    index_view_class = EventIndexView
    add_view_class = ChooseClubView
    edit_view_class = EditEventView
    inspect_view_class = EventInspectView
    inspect_view_enabled = True
    history_view_class = ReadHistoryView
    exclude_form_fields: list[str] = []
    list_display = [
        *("title", "club", "starts", "ends", "state", "hall", "hall_state"),
        *("seats_taken", "capacity"),
    ]
    filterset_class = EventFilters
    search_fields = ["title", "summary", "club__name", "place"]
    ordering = ["-starts", "id"]
    list_per_page = 50
    inspect_view_fields = [
        *("title", "club", "state", "summary", "description", "tags", "starts", "ends", "place"),
        *("hall", "hall_state", "capacity", "has_waiting_list", "needs_approval"),
        *("registration_opens", "registration_closes", "audience_departments"),
        *("takes_daily_attendance", "certificate_days", "certificate_template"),
        *("point_category", "points", "series", "scheduled_at", "completed_at"),
        *("cancelled_at", "cancel_reason"),
    ]

    def get_add_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """With the first step's own form."""
        return super().get_add_view_kwargs(**{**kwargs, "form_class": ClubForm})

    def get_urlpatterns(self) -> list[Any]:
        """Wagtail's, writing, and the deeds."""
        return [
            *super().get_urlpatterns(),
            path("write/", WriteEventView.as_view(), name="write"),
            *(
                path(f"{name}/<uuid:pk>/", view.as_view(), name=name)
                for name, view, *_rest in DEEDS
            ),
        ]
