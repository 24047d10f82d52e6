"""Modules, contents and files in the Wagtail admin: the instructors' own to write, and the admins'."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, ObjectList
from wagtail.admin.views.generic.history import HistoryView
from wagtail.admin.views.generic.models import IndexView
from wagtail.admin.views.generic.usage import UsageView
from wagtail.permissions import register_permission_policy

from campus.accounts.rules import is_admin
from campus.institutions.admin import (
    ScopedPolicy,
    ServiceCreateView,
    ServiceDeleteView,
    ServiceEditView,
    ServiceViewSet,
    rows_of,
)
from campus.institutions.scope import choices_within
from learning.catalog.models import Module, Resource
from learning.catalog.rules import taught_by, teaches
from learning.catalog.services import (
    Part,
    delete_part,
    delete_resource,
    write_module_whole,
    write_resource,
)
from portal.permissions import ADMIN_SITE
from portal.roles import Role


class OwnCoursesPolicy(ScopedPolicy):
    """What belongs to a course is its instructors' to write, and the admins'."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        """At the door: admins by their group, and any teacher."""
        return super().user_has_permission(user, action) or (
            user.is_active and user.has_role(Role.TEACHER)
        )

    def user_has_permission_for_instance(self, user: Any, action: str, instance: Any) -> bool:
        """About one thing: admins, and the instructors of its course."""
        if super().user_has_permission(user, action):
            return super().user_has_permission_for_instance(user, action, instance)
        return bool(teaches(user, instance))

    def instances_user_has_any_permission_for(
        self, user: Any, actions: Iterable[str]
    ) -> QuerySet[Any]:
        """All for admins; for teachers those of their own courses."""
        everything: QuerySet[Any] = self.model._default_manager.all()
        if any(super(OwnCoursesPolicy, self).user_has_permission(user, a) for a in actions):
            return choices_within(everything, user)
        if not user.is_active or not user.has_role(Role.TEACHER):
            return everything.none()
        return everything.filter(course__in=taught_by(user))

    def users_with_any_permission(self, actions: Iterable[str]) -> QuerySet[Any]:
        """Teachers too: they pass the door."""
        found = super().users_with_any_permission(actions)
        return found | get_user_model().objects.filter(groups__name=Role.TEACHER.value)


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


class OwnHistoryView(OwnObject, HistoryView):
    """The history of what is one's own to write."""

    policy = ADMIN_SITE


class OwnUsageView(OwnObject, UsageView):
    """Where what is one's own to write is used."""

    policy = ADMIN_SITE


class OwnEditView(OwnObject, ServiceEditView):
    """Editing what is one's own to write, by a service."""

    policy = ADMIN_SITE


class OwnDeleteView(OwnObject, ServiceDeleteView):
    """Deleting what is one's own to write, by a service."""

    policy = ADMIN_SITE


class OwnViewSet(ServiceViewSet):
    """What belongs to a course: its instructors' to write, and the admins', by services alone."""

    index_view_class = OwnIndexView
    edit_view_class = OwnEditView
    delete_view_class = OwnDeleteView
    history_view_class = OwnHistoryView
    usage_view_class = OwnUsageView


CONTENT_FIELDS = [
    "title",
    "kind",
    "text",
    "video_url",
    "video_seconds",
    "file",
    "is_preview",
    "position",
]


class _WithContents:
    """The contents of the inline forms: those that are new or differ, and those that are to go."""

    form: Any

    def changes(self) -> dict[str, Any]:
        """The module's fields; ``parts`` in the order of the forms, and ``gone``."""
        formset = self.form.formsets["contents"]
        return {
            **super().changes(),  # type: ignore[misc]
            "parts": [_part(row) for row in rows_of(formset)],
            "gone": [row.instance.pk for row in formset.deleted_forms if row.instance.pk],
        }


def _part(row: Any) -> Part:
    names = [name for name in row.changed_data if name in CONTENT_FIELDS]
    return Part({name: row.cleaned_data[name] for name in names}, row.instance.pk)


class ModuleCreateView(_WithContents, ServiceCreateView):
    """Adding a chapter with its contents."""

    policy = ADMIN_SITE


class ModuleEditView(_WithContents, OwnEditView):
    """Editing a chapter with its contents."""

    policy = ADMIN_SITE


class ModuleViewSet(OwnViewSet):
    """Chapters with their contents: the instructors' own room in the admin."""

    add_view_class = ModuleCreateView
    edit_view_class = ModuleEditView

    model = Module
    icon = "doc-full"
    menu_label = _("Modules and contents")
    list_display = ["title", "course", "position"]
    list_filter = ["course__department"]
    search_fields = ["title", "course__code", "course__title"]
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

    def write(self, actor: Any, changes: dict[str, Any], held: Any) -> Module:
        """By the service."""
        parts, gone = changes.pop("parts"), changes.pop("gone")
        return write_module_whole(actor=actor, changes=changes, parts=parts, gone=gone, module=held)

    def remove(self, actor: Any, held: Any) -> None:
        """By the service."""
        delete_part(part=held, actor=actor)


class ResourceViewSet(OwnViewSet):
    """Files beside the teaching."""

    model = Resource
    icon = "doc-full-inverse"
    menu_label = _("Files")
    list_display = ["title", "course", "department", "semester", "is_public"]
    list_filter = ["department", "is_public"]
    search_fields = ["title", "course__code"]
    edit_handler = ObjectList(
        [
            FieldPanel("title"),
            FieldPanel("file", widget=forms.FileInput),
            FieldRowPanel([FieldPanel("course"), FieldPanel("department")]),
            FieldRowPanel([FieldPanel("semester"), FieldPanel("is_public")]),
        ],
        base_form_class=OwnCourseForm,
    )

    def write(self, actor: Any, changes: dict[str, Any], held: Any) -> Resource:
        """By the service."""
        return write_resource(actor=actor, changes=changes, resource=held)

    def remove(self, actor: Any, held: Any) -> None:
        """By the service."""
        delete_resource(resource=held, actor=actor)
