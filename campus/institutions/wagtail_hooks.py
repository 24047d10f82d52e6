"""Institutions and departments in the Wagtail admin."""

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.panels import FieldPanel
from wagtail.admin.viewsets.model import ModelViewSetGroup

from campus.institutions.admin import ScopedViewSet, scoped_policies
from campus.institutions.models import Department, Institution

scoped_policies(Institution, Department)


class InstitutionViewSet(ScopedViewSet):
    """Universities, colleges, course centers."""

    model = Institution
    icon = "globe"
    menu_label = _("Institutions")
    list_display = ["name", "slug", "timezone"]
    search_fields = ["name", "slug"]
    panels = [FieldPanel("name"), FieldPanel("slug"), FieldPanel("timezone")]


class DepartmentViewSet(ScopedViewSet):
    """Departments, by code."""

    model = Department
    icon = "folder-open-inverse"
    menu_label = _("Departments")
    list_display = ["code", "name", "institution"]
    list_filter = ["institution"]
    search_fields = ["code", "name"]
    panels = [FieldPanel("institution"), FieldPanel("code"), FieldPanel("name")]


class InstitutionsGroup(ModelViewSetGroup):
    """One entry of the menu."""

    menu_label = _("Institutions")
    menu_icon = "globe"
    menu_order = 310
    items = (InstitutionViewSet, DepartmentViewSet)


@hooks.register("register_admin_viewset")
def register_institutions() -> InstitutionsGroup:
    """Add both to the admin."""
    return InstitutionsGroup()
