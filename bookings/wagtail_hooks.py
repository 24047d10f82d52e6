"""Bookings in the Wagtail admin: read there as a list and a calendar, decided on the site; and what the log
calls its actions."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from wagtail import hooks
from wagtail.admin.views.generic import IndexView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.admin.widgets.button import HeaderButton
from wagtail.log_actions import LogFormatter
from wagtail.permissions import policy_registry, register_permission_policy

from bookings.models import HallBooking
from campus.institutions.admin import ScopedViewSet
from campus.institutions.reading import AdminsReadTheirs, ReadHistoryView
from campus.institutions.scope import within_scope
from campus.venues.models import Hall
from portal.permissions import ADMIN_SITE

register_permission_policy(HallBooking, AdminsReadTheirs(HallBooking))

MOST_HALLS = 500


class BookingIndexView(IndexView):
    """Bookings and requests, the way to what waits, and how full the halls are."""

    policy = ADMIN_SITE

    def get_base_queryset(self) -> Any:
        """With the hall, in one query."""
        return super().get_base_queryset().select_related("hall__building")

    @property
    def header_buttons(self) -> list[Any]:
        """Decide (B3), the calendar and the heat map (B8)."""
        return [
            HeaderButton(
                _("Calendar"), url=reverse("hall_bookings:calendar"), icon_name="calendar-alt"
            ),
            HeaderButton(_("Decide"), url=reverse("bookings:pending"), icon_name="check"),
            HeaderButton(
                _("Utilization"), url=reverse("bookings:utilization"), icon_name="calendar"
            ),
        ]


class CalendarView(PermissionCheckedMixin, WagtailAdminTemplateMixin, TemplateView):
    """The calendar of one hall within reach (GET ``hall``), by day, week, month and as a list (B8).

    The site's own script reads the site's own feed, which tells an admin what each booking is for.
    """

    policy = ADMIN_SITE
    permission_policy = policy_registry.get_by_type(HallBooking)
    permission_required = "view"
    template_name = "bookings/admin/calendar.html"
    page_title = _("Calendar of halls")
    header_icon = "calendar-alt"

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Bookings, and this."""
        return [
            *self.breadcrumbs_items,
            {"url": reverse("hall_bookings:index"), "label": _("Hall bookings")},
            {"url": "", "label": self.page_title},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The halls to choose from, and the chosen one; 404 for one out of reach."""
        halls = within_scope(Hall.objects.select_related("building"), self.request.user)
        halls = halls.order_by("building__name", "code", "pk")
        wanted = self.request.GET.get("hall", "")
        if wanted:
            if not wanted.isdecimal() or int(wanted) >= 2**31:
                raise Http404
            hall = get_object_or_404(halls, pk=int(wanted))
        else:
            hall = halls.first()
        return {
            **super().get_context_data(**kwargs),
            "halls": list(halls[:MOST_HALLS]),
            "hall": hall,
            "day": timezone.localdate(),
        }


class HallBookingViewSet(ScopedViewSet):
    """Who has which hall when; written by services alone."""

    model = HallBooking
    name = "hall_bookings"
    icon = "calendar"
    menu_label = _("Hall bookings")
    menu_order = 321
    add_to_admin_menu = True
    add_to_reference_index = False
    index_view_class = BookingIndexView
    history_view_class = ReadHistoryView
    inspect_view_enabled = True
    exclude_form_fields: list[str] = []
    list_display = ["purpose", "hall", "starts", "ends", "kind", "state"]
    list_filter = ["state", "kind", "hall"]
    search_fields = ["purpose", "hall__name", "hall__code"]
    list_per_page = 50
    inspect_view_fields = [
        *("hall", "starts", "ends", "state", "kind", "purpose", "people", "asked_by"),
        *("created_at", "decided_by", "decided_at", "note"),
    ]

    def get_urlpatterns(self) -> list[Any]:
        """Wagtail's, and the calendar."""
        return [
            *super().get_urlpatterns(),
            path("calendar/", CalendarView.as_view(), name="calendar"),
        ]


@hooks.register("register_admin_viewset")
def register_bookings() -> HallBookingViewSet:
    """Add them to the admin."""
    return HallBookingViewSet()


_ACTIONS = [
    ("bookings.book", _("Book a hall"), _("Hall booked")),
    ("bookings.ask", _("Ask for a hall"), _("Hall asked for")),
    ("bookings.approve", _("Approve a booking"), _("Booking approved")),
    ("bookings.reject", _("Reject a booking"), _("Booking rejected")),
    ("bookings.cancel", _("Cancel a booking"), _("Booking cancelled")),
    ("bookings.move", _("Move a booking"), _("Booking moved")),
    ("bookings.book_series", _("Book a series"), _("Series booked")),
    ("bookings.lectures", _("Book lectures"), _("Lectures booked")),
]


class _WithChanges(LogFormatter):
    """A message, and beside it what changed."""

    def format_comment(self, log_entry: Any) -> str:
        before, after = log_entry.data.get("before", {}), log_entry.data.get("after", {})
        return "; ".join(
            f"{name}: {before.get(name, '–')} → {value}" for name, value in after.items()
        )


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    """The names under which the history shows what the services logged, with before and after."""
    for action, label, message in _ACTIONS:
        formatter = type(
            "BookingLogFormatter", (_WithChanges,), {"label": label, "message": message}
        )
        actions.register_action(action)(formatter)
