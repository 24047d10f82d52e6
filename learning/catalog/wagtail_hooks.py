"""The catalog in the Wagtail admin: its menu, its addresses and what its log tells of."""

from typing import Any

from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.viewsets.model import ModelViewSetGroup
from wagtail.log_actions import LogActionRegistry

from learning.catalog import admin_views
from learning.catalog.choosers import course_chooser
from learning.catalog.viewsets.contents import ModuleViewSet, ResourceViewSet
from learning.catalog.viewsets.courses import CategoryViewSet, CourseViewSet, ProgramViewSet
from learning.catalog.viewsets.sections import SeasonViewSet, SectionViewSet


@hooks.register("register_log_actions")
def register_log_actions(actions: LogActionRegistry) -> None:
    """The acts of this app that the log tells of."""
    actions.register_action("catalog.import", _("Import"), _("Taken in from a catalog"))
    actions.register_action("catalog.copy", _("Copy"), _("Copied to another season"))


class CatalogGroup(ModelViewSetGroup):
    """One entry of the menu."""

    menu_label = _("Catalog")
    menu_icon = "clipboard-list"
    menu_order = 200
    items = (
        *(CourseViewSet, SectionViewSet, ModuleViewSet, ResourceViewSet),
        *(SeasonViewSet, ProgramViewSet, CategoryViewSet),
    )


@hooks.register("register_admin_viewset")
def register_catalog() -> list[Any]:
    """Add them all to the admin."""
    return [CatalogGroup(), course_chooser]


@hooks.register("register_admin_urls")
def register_copy_urls() -> list[URLPattern]:
    """Where a course or a section is copied to another season."""
    return [
        path(
            "catalog/course/<int:pk>/copy-to-season/",
            admin_views.copy_course_view,
            name="catalog_copy_course",
        ),
        path(
            "catalog/section/<int:pk>/copy-to-season/",
            admin_views.copy_section_view,
            name="catalog_copy_section",
        ),
    ]
