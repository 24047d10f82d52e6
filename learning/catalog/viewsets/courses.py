"""Courses, their programs and their categories in the Wagtail admin."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel

from campus.institutions.admin import ServiceViewSet, scoped_policies
from learning.catalog.admin_views import CopyableIndexView
from learning.catalog.models import (
    Category,
    Course,
    Program,
)
from learning.catalog.services import (
    create_course,
    delete_category,
    delete_course,
    delete_program,
    update_course,
    write_category,
    write_program,
)

scoped_policies(Course, Program)


class CourseIndexView(CopyableIndexView):
    """The list of courses."""

    copy_to_season_url_name = "catalog_copy_course"


class CourseViewSet(ServiceViewSet):
    """Courses, written by the services alone."""

    model = Course
    icon = "clipboard-list"
    menu_label = _("Courses")
    index_view_class = CourseIndexView
    list_display = ["code", "title", "department", "level", "is_published", "is_featured"]
    list_filter = ["department", "level", "category", "is_published", "is_featured"]
    search_fields = ["code", "title"]
    inspect_view_enabled = True
    panels = [
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("institution"), FieldPanel("department")]),
                FieldRowPanel([FieldPanel("code"), FieldPanel("slug")]),
                FieldPanel("title"),
                FieldPanel("description"),
                FieldPanel("thumbnail"),
            ],
            heading=_("Course"),
        ),
        MultiFieldPanel(
            [
                FieldRowPanel([FieldPanel("level"), FieldPanel("category")]),
                FieldRowPanel([FieldPanel("credit_min"), FieldPanel("credit_max")]),
                FieldPanel("tags"),
                FieldPanel("programs"),
                FieldPanel("notes"),
            ],
            heading=_("Where it belongs"),
        ),
        MultiFieldPanel(
            [FieldPanel("prerequisite_text"), FieldPanel("prerequisites")],
            heading=_("Prerequisites"),
        ),
        FieldRowPanel([FieldPanel("is_published"), FieldPanel("is_featured")]),
    ]

    def write(self, actor: Any, changes: dict[str, Any], held: Any) -> Course:
        """By the services."""
        if held is None:
            return create_course(actor=actor, **changes)
        return update_course(course=held, actor=actor, changes=changes)

    def remove(self, actor: Any, held: Any) -> None:
        """By the service."""
        delete_course(course=held, actor=actor)


class ProgramViewSet(ServiceViewSet):
    """Programs of study, written by the service alone."""

    model = Program
    icon = "list-ol"
    menu_label = _("Programs")
    list_display = ["code", "name", "degree", "department"]
    list_filter = ["department"]
    search_fields = ["code", "name"]
    panels = [
        FieldPanel("department"),
        FieldRowPanel([FieldPanel("code"), FieldPanel("name")]),
        FieldRowPanel([FieldPanel("degree"), FieldPanel("duration_months")]),
    ]

    def write(self, actor: Any, changes: dict[str, Any], held: Any) -> Program:
        """By the service."""
        return write_program(actor=actor, changes=changes, program=held)

    def remove(self, actor: Any, held: Any) -> None:
        """By the service."""
        delete_program(program=held, actor=actor)


class CategoryViewSet(ServiceViewSet):
    """Categories, written by the service alone."""

    model = Category
    icon = "tag"
    menu_label = _("Categories")
    list_display = ["name", "slug"]
    search_fields = ["name"]
    panels = [FieldPanel("name"), FieldPanel("slug")]

    def write(self, actor: Any, changes: dict[str, Any], held: Any) -> Category:
        """By the service."""
        return write_category(actor=actor, changes=changes, category=held)

    def remove(self, actor: Any, held: Any) -> None:
        """By the service."""
        delete_category(category=held, actor=actor)
