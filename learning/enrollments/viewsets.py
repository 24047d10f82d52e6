"""Enrollments in the Wagtail admin: lists with filters and history, decisions, and enrolling a student.

Rows are read here and written by the services alone: nothing is edited, added or deleted in a form.
"""

import uuid
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.ui.menus import MenuItem
from wagtail.admin.views.generic import IndexView
from wagtail.admin.viewsets.model import ModelViewSetGroup
from wagtail.admin.widgets.button import HeaderButton
from wagtail.permissions import register_permission_policy

from campus.accounts.acting import acting_user
from campus.accounts.rules import is_admin
from campus.institutions.admin import ScopedViewSet
from campus.institutions.reading import AdminsReadTheirs, ReadHistoryView
from campus.institutions.scope import within
from campus.people.models import Student
from learning.catalog.models import Section
from learning.enrollments import rules, services
from learning.enrollments.models import Enrollment, EnrollmentRequest
from portal.permissions import ADMIN_SITE, requires
from portal.service_forms import ServiceForm

ENROLLMENTS, REQUESTS = "enrollments_admin", "enrollment_requests_admin"


class EnrollForm(forms.Form):
    """Which student, by number, into which section, by registration number."""

    student = forms.CharField(label=gettext_lazy("Student number"), max_length=40)
    section = forms.CharField(label=gettext_lazy("Registration number of the section"))

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        """``user`` is who enrolls: numbers are looked up among what they manage."""
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_student(self) -> Student:
        """The student with that number."""
        students = within(Student.objects.all(), self.user)
        found = students.filter(number=self.cleaned_data["student"].strip()).first()
        if found is None:
            raise forms.ValidationError(_("There is no student with this number."))
        return found

    def clean_section(self) -> Section:
        """The section with that number, in the newest of the active seasons."""
        sections = within(Section.objects.published(), self.user, "course__institution")
        sections = sections.order_by("-season__starts")
        found = sections.filter(number=self.cleaned_data["section"].strip()).first()
        if found is None:
            raise forms.ValidationError(_("There is no such section."))
        return found


class DecisionForm(forms.Form):
    """A decision; the reason is read by the student."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("The student reads it when the request is rejected."),
    )


class _DeskForm(ServiceForm):
    """What the desk does with enrollments."""

    list_name = ENROLLMENTS
    header_icon = "list-ul"
    keeps = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """For admins alone; the service asks again."""
        if not is_admin(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class EnrollView(_DeskForm):
    """Enroll a student, as the roster's desk does."""

    policy = requires(rules.ENROLL)
    form_class = EnrollForm
    page_title = gettext_lazy("Enroll a student")
    button = gettext_lazy("Enroll")

    def get_form_kwargs(self) -> dict[str, Any]:
        """With who asks."""
        return {**super().get_form_kwargs(), "user": self.request.user}

    def call(self, form: forms.Form) -> str:
        """Enroll; the same rules hold as for the student."""
        result = services.enroll(
            student=form.cleaned_data["student"],
            section_id=form.cleaned_data["section"].pk,
            actor=acting_user(self.request),
        )
        if isinstance(result, Enrollment):
            return _("Enrolled.")
        return _("The section is full or needs approval: a request was stored.")


class DropView(_DeskForm):
    """Take a student out of a section."""

    policy = requires(rules.DROP)
    page_title = gettext_lazy("Take out of the section")
    button = gettext_lazy("Take out")

    def call(self, form: forms.Form) -> str:
        """Drop; the student is told."""
        services.drop(enrollment_id=self.kwargs["pk"], actor=acting_user(self.request))
        return _("Taken out; the seat goes to the first who waits.")


class ApproveView(_DeskForm):
    """Say yes to a request."""

    policy = requires(rules.DECIDE)
    list_name = REQUESTS
    page_title = gettext_lazy("Approve the request")
    button = gettext_lazy("Approve")

    def call(self, form: forms.Form) -> str:
        """Approve."""
        result = services.approve(request_id=self.kwargs["pk"], actor=acting_user(self.request))
        if isinstance(result, Enrollment):
            return _("Approved.")
        return _("Approved; the section is full.")


class RejectView(_DeskForm):
    """Say no to a request."""

    policy = requires(rules.DECIDE)
    list_name = REQUESTS
    form_class = DecisionForm
    page_title = gettext_lazy("Reject the request")
    button = gettext_lazy("Reject")

    def call(self, form: forms.Form) -> str:
        """Reject, with the reason."""
        services.reject(
            request_id=self.kwargs["pk"],
            actor=acting_user(self.request),
            reason=form.cleaned_data["reason"],
        )
        return _("Rejected.")


class _ListView(IndexView):
    """A list whose rows carry what can be done with them."""

    policy = ADMIN_SITE

    def get_base_queryset(self) -> Any:
        """With student and section, in one query."""
        return super().get_base_queryset().select_related("student", "section__course")

    def _item(self, label: str, view: str, pk: uuid.UUID, icon: str, priority: int) -> MenuItem:
        return MenuItem(label, url=reverse(view, args=[pk]), icon_name=icon, priority=priority)


class EnrollmentIndexView(_ListView):
    """Enrollments, and the door to a new one."""

    def get_list_more_buttons(self, instance: Enrollment) -> list[Any]:
        """Inspect, and take out."""
        buttons = super().get_list_more_buttons(instance)
        if instance.state == Enrollment.State.ACTIVE:
            view = f"{ENROLLMENTS}:drop"
            buttons.append(self._item(_("Take out"), view, instance.pk, "cross", 90))
        return buttons

    @property
    def header_buttons(self) -> list[Any]:
        """Enroll a student."""
        address = reverse(f"{ENROLLMENTS}:enroll")
        return [HeaderButton(_("Enroll a student"), url=address, icon_name="plus")]


class RequestIndexView(_ListView):
    """Requests, those that are open with their decisions."""

    def get_list_more_buttons(self, instance: EnrollmentRequest) -> list[Any]:
        """Inspect, approve, reject."""
        buttons = super().get_list_more_buttons(instance)
        if instance.state == EnrollmentRequest.State.PENDING:
            for label, name, icon, priority in (
                (_("Approve"), "approve", "check", 5),
                (_("Reject"), "reject", "cross", 6),
            ):
                view = f"{REQUESTS}:{name}"
                buttons.append(self._item(label, view, instance.pk, icon, priority))
        return buttons


for _model in (Enrollment, EnrollmentRequest):
    register_permission_policy(_model, AdminsReadTheirs(_model))


class _Records(ScopedViewSet):
    """What both lists share: read, filtered and inspected with its history; never edited."""

    add_to_admin_menu = False
    add_to_reference_index = False  # five statements for each row, under the section's lock
    history_view_class = ReadHistoryView
    inspect_view_enabled = True
    exclude_form_fields: list[str] = []
    search_fields = ["student__name", "student__number", "section__number", "section__course__code"]
    list_per_page = 50


class EnrollmentViewSet(_Records):
    """Who is in which section."""

    model = Enrollment
    menu_label = gettext_lazy("Enrollments")
    icon = "clipboard-list"
    index_view_class = EnrollmentIndexView
    list_display = ["student", "section", "state", "since", "until"]
    list_filter = ["state", "section__season", "section__course__department"]
    ordering = ["-since"]
    inspect_view_fields = ["student", "section", "state", "since", "until", "completed_at"]

    def get_urlpatterns(self) -> list[Any]:
        """Wagtail's, enrolling and taking out."""
        return [
            *super().get_urlpatterns(),
            path("enroll/", EnrollView.as_view(), name="enroll"),
            path("drop/<uuid:pk>/", DropView.as_view(), name="drop"),
        ]


class RequestViewSet(_Records):
    """Who waits, for a seat or for a decision."""

    model = EnrollmentRequest
    menu_label = gettext_lazy("Requests to enroll")
    icon = "time"
    index_view_class = RequestIndexView
    list_display = ["student", "section", "state", "waits_for", "queue_number", "created_at"]
    list_filter = ["state", "waits_for", "section__season", "section__course__department"]
    ordering = ["-created_at"]
    inspect_view_fields = [
        *("student", "section", "state", "waits_for", "queue_number", "asked_by", "created_at"),
        *("decided_by", "decided_at", "reason", "passed_over_for", "passed_over_at"),
    ]

    def get_urlpatterns(self) -> list[Any]:
        """Wagtail's, and the decisions."""
        return [
            *super().get_urlpatterns(),
            path("approve/<uuid:pk>/", ApproveView.as_view(), name="approve"),
            path("reject/<uuid:pk>/", RejectView.as_view(), name="reject"),
        ]


class EnrollmentsGroup(ModelViewSetGroup):
    """Both in one menu."""

    menu_label = gettext_lazy("Enrollment")
    menu_icon = "group"
    menu_order = 250
    items = (EnrollmentViewSet(ENROLLMENTS), RequestViewSet(REQUESTS))
