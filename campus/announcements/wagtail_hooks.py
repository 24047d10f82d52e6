"""Categories of announcements in the Wagtail admin; the announcements themselves are pages there."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks

from campus.announcements.models import AnnouncementCategory
from campus.institutions.admin import ScopedViewSet, scoped_policies

scoped_policies(AnnouncementCategory)


class AnnouncementCategoryViewSet(ScopedViewSet):
    """Categories: the portal's own, for its admins."""

    model = AnnouncementCategory
    icon = "tag"
    menu_label = _("Categories of announcements")
    menu_order = 330
    add_to_admin_menu = True
    list_display = ["name", "slug"]
    search_fields = ["name"]
    panels = AnnouncementCategory.panels


@hooks.register("register_admin_viewset")
def register_categories() -> AnnouncementCategoryViewSet:
    """Add them to the admin."""
    return AnnouncementCategoryViewSet("announcementcategory")
