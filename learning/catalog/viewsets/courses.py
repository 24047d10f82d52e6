"""Courses, their programs and their categories in the Wagtail admin."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.admin.viewsets.model import ModelViewSet

from learning.catalog.admin_views import CopyableIndexView
from learning.catalog.models import (
    Category,
    Course,
    Program,
)


class CourseIndexView(CopyableIndexView):
    """The list of courses."""

    copy_to_season_url_name = "catalog_copy_course"


class CourseViewSet(ModelViewSet):
    """Courses."""

    model = Course
    icon = "clipboard-list"
    menu_label = _("Courses")
    index_view_class = CourseIndexView
    list_display = ["code", "title", "department", "level", "is_published", "is_featured"]
    list_filter = ["department", "level", "category", "is_published", "is_featured"]
    search_fields = ["code", "title"]
    search_backend_name = None  # fields cannot be searched singly in the index of SQLite
    copy_view_enabled = False
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


class ProgramViewSet(ModelViewSet):
    """Programs of study."""

    model = Program
    icon = "list-ol"
    menu_label = _("Programs")
    list_display = ["code", "name", "degree", "department"]
    list_filter = ["department"]
    search_fields = ["code", "name"]
    search_backend_name = None
    copy_view_enabled = False
    panels = [
        FieldPanel("department"),
        FieldRowPanel([FieldPanel("code"), FieldPanel("name")]),
        FieldRowPanel([FieldPanel("degree"), FieldPanel("duration_months")]),
    ]


class CategoryViewSet(ModelViewSet):
    """Categories."""

    model = Category
    icon = "tag"
    menu_label = _("Categories")
    list_display = ["name", "slug"]
    search_fields = ["name"]
    search_backend_name = None
    copy_view_enabled = False
    panels = [FieldPanel("name"), FieldPanel("slug")]
