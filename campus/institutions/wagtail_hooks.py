"""Institutions, their parts and their administrators in the Wagtail admin."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.viewsets.model import ModelViewSetGroup

from campus.institutions.admin import scoped_policies
from campus.institutions.models import (
    Department,
    Faculty,
    Institution,
    InstitutionAdministrator,
)
from campus.institutions.viewsets import (
    AdministratorViewSet,
    DepartmentViewSet,
    FacultyViewSet,
    InstitutionViewSet,
)

scoped_policies(Institution, Faculty, Department, InstitutionAdministrator)


class InstitutionsGroup(ModelViewSetGroup):
    """One entry of the menu."""

    menu_label = _("Institutions")
    menu_icon = "globe"
    menu_order = 310
    items = (InstitutionViewSet, FacultyViewSet, DepartmentViewSet, AdministratorViewSet)


@hooks.register("register_admin_viewset")
def register_institutions() -> InstitutionsGroup:
    """Add them to the admin."""
    return InstitutionsGroup()


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    """What the log of administrators may say."""
    actions.register_action("institutions.appoint", _("Appoint"), _("Administrator appointed"))
    actions.register_action("institutions.dismiss", _("Dismiss"), _("Administrator dismissed"))
