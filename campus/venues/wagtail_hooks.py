"""Buildings and halls in the Wagtail admin."""

from django.forms import CheckboxSelectMultiple
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel
from wagtail.admin.viewsets.model import ModelViewSetGroup

from campus.institutions.admin import ScopedViewSet, scoped_policies
from campus.venues.models import Building, Closure, Facility, Hall

scoped_policies(Building, Closure, Hall)


class BuildingViewSet(ScopedViewSet):
    """Buildings."""

    model = Building
    icon = "home"
    menu_label = _("Buildings")
    list_display = ["name", "institution"]
    list_filter = ["institution"]
    search_fields = ["name"]
    panels = [FieldPanel("institution"), FieldPanel("name")]


class HallViewSet(ScopedViewSet):
    """Halls and rooms."""

    model = Hall
    icon = "thumbtack"
    menu_label = _("Halls")
    list_display = ["code", "name", "building", "capacity", "is_active"]
    list_filter = ["building", "is_active"]
    search_fields = ["code", "name", "building__name"]
    panels = [
        FieldPanel("building"),
        FieldPanel("code"),
        FieldPanel("name"),
        FieldRowPanel([FieldPanel("capacity"), FieldPanel("buffer_minutes")]),
        FieldPanel("facilities", widget=CheckboxSelectMultiple),
        InlinePanel("opening_hours", heading=_("Opening hours"), label=_("opening hours")),
        InlinePanel("photos", heading=_("Photos"), label=_("photo")),
        FieldPanel("is_active"),
    ]


class FacilityViewSet(ScopedViewSet):
    """What halls may have: the portal's own list, for all institutions."""

    model = Facility
    icon = "tag"
    menu_label = _("Facilities")
    list_display = ["name", "slug"]
    search_fields = ["name"]
    panels = [FieldPanel("name"), FieldPanel("slug")]


class ClosureViewSet(ScopedViewSet):
    """When halls, or whole buildings, take no bookings (B6)."""

    model = Closure
    icon = "lock"
    menu_label = _("Closed periods")
    list_display = ["building", "hall", "starts", "ends", "reason"]
    list_filter = ["building"]
    search_fields = ["reason", "building__name"]
    panels = [
        FieldRowPanel([FieldPanel("building"), FieldPanel("hall")]),
        FieldRowPanel([FieldPanel("starts"), FieldPanel("ends")]),
        FieldPanel("reason"),
    ]


class VenuesGroup(ModelViewSetGroup):
    """One entry of the menu."""

    menu_label = _("Venues")
    menu_icon = "thumbtack"
    menu_order = 320
    items = (BuildingViewSet, HallViewSet, FacilityViewSet, ClosureViewSet)


@hooks.register("register_admin_viewset")
def register_venues() -> VenuesGroup:
    """Add them to the admin."""
    return VenuesGroup()
