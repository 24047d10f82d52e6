"""Buildings and halls in the Wagtail admin."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.panels import FieldPanel
from wagtail.admin.viewsets.model import ModelViewSetGroup

from campus.institutions.admin import ScopedViewSet, scoped_policies
from campus.venues.models import Building, Hall

scoped_policies(Building, Hall)


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
        FieldPanel("capacity"),
        FieldPanel("is_active"),
    ]


class VenuesGroup(ModelViewSetGroup):
    """One entry of the menu."""

    menu_label = _("Venues")
    menu_icon = "thumbtack"
    menu_order = 320
    items = (BuildingViewSet, HallViewSet)


@hooks.register("register_admin_viewset")
def register_venues() -> VenuesGroup:
    """Add both to the admin."""
    return VenuesGroup()
