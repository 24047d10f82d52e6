"""The catalog in the Wagtail admin: seasons, programs, courses, sections, contents, files."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel, ObjectList
from wagtail.admin.ui.menus import MenuItem
from wagtail.admin.views.generic.history import HistoryView
from wagtail.admin.views.generic.models import DeleteView, EditView, IndexView
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup
from wagtail.log_actions import LogActionRegistry
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permissions import register_permission_policy

from learning.catalog import admin_views
from learning.catalog.choosers import course_chooser
from learning.catalog.models import (
    Category,
    Course,
    Module,
    Program,
    Resource,
    Season,
    Section,
)
from learning.catalog.rules import MANAGE, is_admin, teaches
from learning.catalog.signals import section_seats_changed
from portal.permissions import ADMIN_SITE
from portal.roles import Role


@hooks.register("register_log_actions")
def register_log_actions(actions: LogActionRegistry) -> None:
    """The acts of this app that the log tells of."""
    actions.register_action("catalog.import", _("Import"), _("Taken in from a catalog"))
    actions.register_action("catalog.copy", _("Copy"), _("Copied to another season"))


class OwnCoursesPolicy(ModelPermissionPolicy):
    """What belongs to a course is its instructors' to write, and the admins'."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        """At the door: admins by their group, and any teacher."""
        return super().user_has_permission(user, action) or (
            user.is_active and user.has_role(Role.TEACHER)
        )

    def user_has_permission_for_instance(self, user: Any, action: str, instance: Any) -> bool:
        """About one thing: admins, and the instructors of its course."""
        if super().user_has_permission(user, action):
            return True
        return bool(teaches(user, instance))

    def instances_user_has_any_permission_for(
        self, user: Any, actions: Iterable[str]
    ) -> QuerySet[Any]:
        """All for admins; for teachers those of their own courses."""
        everything: QuerySet[Any] = self.model._default_manager.all()
        if any(super(OwnCoursesPolicy, self).user_has_permission(user, a) for a in actions):
            return everything
        if not user.is_active or not user.has_role(Role.TEACHER):
            return everything.none()
        return everything.filter(course__in=taught_by(user))

    def users_with_any_permission(self, actions: Iterable[str]) -> QuerySet[Any]:
        """Teachers too: they pass the door."""
        found = super().users_with_any_permission(actions)
        return found | get_user_model().objects.filter(groups__name=Role.TEACHER.value)


def taught_by(user: Any) -> QuerySet[Course]:
    """The courses that ``user`` is an instructor of."""
    return Course.objects.filter(
        pk__in=Section.instructors.through.objects.filter(staffprofile__user_id=user.pk).values(
            "section__course"
        )
    )


register_permission_policy(Module, OwnCoursesPolicy(Module))
register_permission_policy(Resource, OwnCoursesPolicy(Resource))


class OwnCourseForm(WagtailAdminModelForm):
    """A form of something that belongs to a course: a teacher chooses among their own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.for_user is not None and not is_admin(self.for_user):
            # The chooser finds every course; a teacher has few to choose among.
            self.fields["course"].widget = forms.Select()
            self.fields["course"].queryset = taught_by(self.for_user)
            self.fields["course"].required = True


class OwnIndexView(IndexView):
    """A list of what one may write."""

    policy = ADMIN_SITE

    def get_base_queryset(self) -> QuerySet[Any]:
        """Those that the policy admits."""
        return self.permission_policy.instances_user_has_any_permission_for(
            self.request.user, ["change"]
        ).select_related("course")


class OwnObject:
    """For views of one thing: the policy is asked about that very thing."""

    def get_object(self, *args: Any, **kwargs: Any) -> Any:
        """The thing; raises PermissionDenied where it is another's."""
        found = super().get_object(*args, **kwargs)  # type: ignore[misc]
        policy = self.permission_policy  # type: ignore[attr-defined]
        user = self.request.user  # type: ignore[attr-defined]
        if not policy.user_has_permission_for_instance(user, "change", found):
            raise PermissionDenied
        return found


class OwnEditView(OwnObject, EditView):
    """Editing what is one's own to write."""

    policy = ADMIN_SITE


class OwnDeleteView(OwnObject, DeleteView):
    """Deleting what is one's own to write."""

    policy = ADMIN_SITE


class OwnHistoryView(OwnObject, HistoryView):
    """The history of what is one's own to write."""

    policy = ADMIN_SITE


class OwnViewSet(ModelViewSet):
    """What belongs to a course: its instructors' to write, and the admins'."""

    index_view_class = OwnIndexView
    edit_view_class = OwnEditView
    delete_view_class = OwnDeleteView
    history_view_class = OwnHistoryView
    search_backend_name = None
    copy_view_enabled = False


class SectionForm(WagtailAdminModelForm):
    """A section: its capacity is held against those enrolled at this moment."""

    def clean(self) -> dict[str, Any]:
        """Not fewer seats than are taken."""
        data: dict[str, Any] = super().clean()
        capacity = data.get("capacity")
        if self.instance.pk and capacity is not None:
            taken = Section.objects.values_list("seats_taken", flat=True).get(pk=self.instance.pk)
            if capacity < taken:
                self.add_error("capacity", _("The capacity is below the number enrolled."))
        return data

    def save(self, commit: bool = True) -> Section:
        """Save, and tell of seats that came: who waits is to have them."""
        with transaction.atomic():
            section: Section = super().save(commit)
            if commit and {"capacity", "is_cancelled"} & set(self.changed_data):
                section_seats_changed.send(Section, section_id=section.pk)
        return section


class SeasonForm(WagtailAdminModelForm):
    """A season whose days are in order."""

    def clean(self) -> dict[str, Any]:
        """The last day is not before the first."""
        data: dict[str, Any] = super().clean()
        starts, ends = data.get("starts"), data.get("ends")
        if starts and ends and ends < starts:
            raise ValidationError({"ends": _("A season ends on or after the day it starts.")})
        return data


class SeasonViewSet(ModelViewSet):
    """Seasons."""

    model = Season
    icon = "calendar"
    menu_label = _("Seasons")
    list_display = ["name", "code", "kind", "starts", "ends", "is_active"]
    list_filter = ["kind", "is_active", "institution"]
    search_fields = ["name", "code"]
    search_backend_name = None
    copy_view_enabled = False
    edit_handler = ObjectList(
        [
            FieldPanel("institution"),
            FieldRowPanel([FieldPanel("name"), FieldPanel("code")]),
            FieldPanel("kind"),
            FieldRowPanel([FieldPanel("starts"), FieldPanel("ends")]),
            FieldPanel("is_active"),
        ],
        base_form_class=SeasonForm,
    )


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


class CopyableIndexView(IndexView):
    """A list whose rows can be copied to another season (L3)."""

    policy = ADMIN_SITE

    copy_to_season_url_name = ""

    def get_list_more_buttons(self, instance: Any) -> list[Any]:
        """Wagtail's own, and the copy for who may."""
        buttons: list[Any] = super().get_list_more_buttons(instance)
        if self.request.user.has_perm(MANAGE):
            url = reverse(self.copy_to_season_url_name, args=[instance.pk])
            buttons.append(MenuItem(_("Copy to a season"), url=url, icon_name="copy", priority=25))
        return buttons


class CourseIndexView(CopyableIndexView):
    """The list of courses."""

    copy_to_season_url_name = "catalog_copy_course"


class SectionIndexView(CopyableIndexView):
    """The list of sections."""

    copy_to_season_url_name = "catalog_copy_section"

    def get_base_queryset(self) -> QuerySet[Any]:
        """With the course that each row names."""
        sections: QuerySet[Any] = super().get_base_queryset()
        return sections.select_related("course", "season")


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


class SectionViewSet(ModelViewSet):
    """Sections with their weekly meetings."""

    model = Section
    icon = "group"
    menu_label = _("Sections")
    index_view_class = SectionIndexView
    list_display = ["__str__", "number", "season", "delivery", "capacity", "seats_taken"]
    list_filter = ["season", "delivery", "is_cancelled"]
    search_fields = ["number", "code", "title", "course__code"]
    search_backend_name = None
    copy_view_enabled = False
    edit_handler = ObjectList(
        [
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("course"), FieldPanel("season")]),
                    FieldRowPanel([FieldPanel("number"), FieldPanel("code")]),
                    FieldPanel("title"),
                    FieldRowPanel([FieldPanel("kind"), FieldPanel("delivery")]),
                    FieldRowPanel([FieldPanel("credit_hours"), FieldPanel("place")]),
                    FieldPanel("instructors"),
                ],
                heading=_("Section"),
            ),
            MultiFieldPanel(
                [
                    FieldRowPanel([FieldPanel("capacity"), FieldPanel("needs_approval")]),
                    FieldRowPanel([FieldPanel("price"), FieldPanel("currency")]),
                    FieldRowPanel(
                        [FieldPanel("enrollment_opens"), FieldPanel("enrollment_closes")]
                    ),
                    FieldRowPanel([FieldPanel("drop_until"), FieldPanel("access_days")]),
                ],
                heading=_("Enrollment"),
            ),
            FieldRowPanel([FieldPanel("starts"), FieldPanel("ends")]),
            FieldPanel("is_cancelled"),
            InlinePanel(
                "meetings",
                heading=_("Weekly meetings"),
                label=_("Meeting"),
                panels=[
                    FieldPanel("weekday"),
                    FieldRowPanel([FieldPanel("starts"), FieldPanel("ends")]),
                    FieldPanel("hall"),
                    FieldPanel("place"),
                ],
            ),
        ],
        base_form_class=SectionForm,
    )


class ModuleViewSet(OwnViewSet):
    """Chapters with their contents: the instructors' own room in the admin."""

    model = Module
    icon = "doc-full"
    menu_label = _("Modules and contents")
    list_display = ["title", "course", "position"]
    list_filter = ["course__department"]
    search_fields = ["title", "course__code", "course__title"]
    search_backend_name = None
    copy_view_enabled = False
    edit_handler = ObjectList(
        [
            FieldPanel("course"),
            FieldRowPanel([FieldPanel("title"), FieldPanel("position")]),
            InlinePanel(
                "contents",
                heading=_("Contents"),
                label=_("Content"),
                panels=[
                    FieldRowPanel([FieldPanel("title"), FieldPanel("kind")]),
                    FieldPanel("text"),
                    FieldRowPanel([FieldPanel("video_url"), FieldPanel("video_seconds")]),
                    # No link to the file as it lies: it has no address (L2).
                    FieldPanel("file", widget=forms.FileInput),
                    FieldRowPanel([FieldPanel("is_preview"), FieldPanel("position")]),
                ],
            ),
        ],
        base_form_class=OwnCourseForm,
    )


class ResourceViewSet(OwnViewSet):
    """Files beside the teaching."""

    model = Resource
    icon = "doc-full-inverse"
    menu_label = _("Files")
    list_display = ["title", "course", "department", "semester", "is_public"]
    list_filter = ["department", "is_public"]
    search_fields = ["title", "course__code"]
    search_backend_name = None
    copy_view_enabled = False
    edit_handler = ObjectList(
        [
            FieldPanel("title"),
            FieldPanel("file", widget=forms.FileInput),
            FieldRowPanel([FieldPanel("course"), FieldPanel("department")]),
            FieldRowPanel([FieldPanel("semester"), FieldPanel("is_public")]),
        ],
        base_form_class=OwnCourseForm,
    )


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
