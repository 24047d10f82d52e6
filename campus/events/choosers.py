"""Choosing an event in forms of the Wagtail admin: by searching, among those that the reader may see."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column
from wagtail.admin.viewsets.chooser import ChooserViewSet

from campus.accounts.rules import is_admin
from campus.events.models import Event
from campus.institutions.admin import ScopedChooserViewSet
from portal.permissions import ADMIN_SITE


class _Seen:
    """Mixed into the two lists: what the reader may see, the newest first, with its day and its state."""

    request: Any
    ordering = ["-starts", "pk"]

    def get_object_list(self) -> QuerySet[Event]:
        """An admin's all, else the public ones and those one organizes."""
        found: QuerySet[Event] = super().get_object_list()  # type: ignore[misc]
        user = self.request.user
        if not is_admin(user):
            found = found.filter(pk__in=Event.objects.visible_to(user).values("pk"))
        return found.select_related("club")

    @property
    def columns(self) -> list[Any]:
        """Title, club, day, state."""
        return [
            *super().columns,  # type: ignore[misc]
            Column("club", label=_("Club"), accessor="club"),
            Column("starts", label=_("Begins"), accessor="starts"),
            Column("state", label=_("State"), accessor="get_state_display"),
        ]


class EventChooseView(_Seen, ChooserViewSet.choose_view_class):
    """The dialog with its first results."""

    policy = ADMIN_SITE


class EventChooseResultsView(_Seen, ChooserViewSet.choose_results_view_class):
    """The results while one types."""

    policy = ADMIN_SITE


class EventChooserViewSet(ScopedChooserViewSet):
    """The chooser of events: the field of every admin form that points to one."""

    model = Event
    searched = ("title", "club__name")
    icon = "date"
    choose_one_text = _("Choose an event")
    choose_another_text = _("Choose another event")
    edit_item_text = _("Edit this event")
    per_page = 20
    choose_view_class: Any = EventChooseView
    choose_results_view_class: Any = EventChooseResultsView


event_chooser = EventChooserViewSet("event_chooser", url_prefix="event-chooser")
