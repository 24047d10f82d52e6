"""Sections and seasons in the Wagtail admin."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel, ObjectList

from campus.institutions.admin import (
    ServiceCreateView,
    ServiceEditView,
    ServiceViewSet,
    rows_of,
    scoped_policies,
)
from learning.catalog.admin_views import CopyableIndexView
from learning.catalog.errors import CapacityBelowTaken
from learning.catalog.models import (
    Season,
    Section,
)
from learning.catalog.services import (
    WeeklyHour,
    create_section,
    delete_season,
    delete_section,
    update_section,
    write_season,
)
from portal.permissions import ADMIN_SITE

scoped_policies(Season, Section)


class SectionForm(WagtailAdminModelForm):
    """A section; the service asks again, under its lock, whether its seats fit those enrolled."""

    def clean(self) -> dict[str, Any]:
        """Not fewer seats than are taken: told with the form's other errors."""
        data: dict[str, Any] = super().clean()
        capacity = data.get("capacity")
        if self.instance.pk and capacity is not None:
            taken = Section.objects.values_list("seats_taken", flat=True).get(pk=self.instance.pk)
            if capacity < taken:
                self.add_error("capacity", CapacityBelowTaken(taken=taken).message)
        return data


class _WithHours:
    """The weekly hours of the inline forms, all of them, where any differs."""

    form: Any

    def changes(self) -> dict[str, Any]:
        """The section's fields, and ``meetings``."""
        changes: dict[str, Any] = super().changes()  # type: ignore[misc]
        formset = self.form.formsets["meetings"]
        if formset.has_changed():
            names = ("weekday", "starts", "ends", "hall", "place")
            changes["meetings"] = [
                WeeklyHour(**{name: row.cleaned_data[name] for name in names})
                for row in rows_of(formset)
            ]
        return changes


class SectionCreateView(_WithHours, ServiceCreateView):
    """Adding a section with its weekly hours."""

    policy = ADMIN_SITE


class SectionEditView(_WithHours, ServiceEditView):
    """Editing a section with its weekly hours."""

    policy = ADMIN_SITE


class SectionIndexView(CopyableIndexView):
    """The list of sections."""

    copy_to_season_url_name = "catalog_copy_section"

    def get_base_queryset(self) -> QuerySet[Any]:
        """With the course that each row names."""
        sections: QuerySet[Any] = super().get_base_queryset()
        return sections.select_related("course", "season")


class SectionViewSet(ServiceViewSet):
    """Sections with their weekly meetings, written by the services alone."""

    model = Section
    icon = "group"
    menu_label = _("Sections")
    index_view_class = SectionIndexView
    add_view_class = SectionCreateView
    edit_view_class = SectionEditView
    list_display = ["__str__", "number", "season", "delivery", "capacity", "seats_taken"]
    list_filter = ["season", "delivery", "is_cancelled"]
    search_fields = ["number", "code", "title", "course__code"]
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

    def write(self, actor: Any, changes: dict[str, Any], held: Any) -> Section:
        """By the services."""
        if held is None:
            return create_section(actor=actor, **changes)
        return update_section(section=held, actor=actor, changes=changes)

    def remove(self, actor: Any, held: Any) -> None:
        """By the service."""
        delete_section(section=held, actor=actor)


class SeasonViewSet(ServiceViewSet):
    """Seasons, written by the service alone."""

    model = Season
    icon = "calendar"
    menu_label = _("Seasons")
    list_display = ["name", "code", "kind", "starts", "ends", "is_active"]
    list_filter = ["kind", "is_active", "institution"]
    search_fields = ["name", "code"]
    panels = [
        FieldPanel("institution"),
        FieldRowPanel([FieldPanel("name"), FieldPanel("code")]),
        FieldPanel("kind"),
        FieldRowPanel([FieldPanel("starts"), FieldPanel("ends")]),
        FieldPanel("is_active"),
    ]

    def write(self, actor: Any, changes: dict[str, Any], held: Any) -> Season:
        """By the service."""
        return write_season(actor=actor, changes=changes, season=held)

    def remove(self, actor: Any, held: Any) -> None:
        """By the service."""
        delete_season(season=held, actor=actor)
