"""What the frame shows in the Wagtail admin: scheduled jobs and their runs, and jobs that failed."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter
from wagtail import hooks
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.menus import MenuItem
from wagtail.admin.views.generic import IndexView
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup
from wagtail.permission_policies.base import BasePermissionPolicy
from wagtail.permissions import policy_registry, register_permission_policy

from portal.exports import ExportedViews
from portal.jobs.outbox import retry
from portal.models import JobRun, OutboxMessage
from portal.paginators import BoundedPaginator
from portal.permissions import ADMIN_SITE
from portal.roles import Role
from portal.service_forms import ServiceForm


class AdminsRead(BasePermissionPolicy):
    """Admins read; nobody adds, changes or deletes: the rows are the machinery's own."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        """Whether ``user`` may do ``action`` to any row."""
        meta = self.model._meta
        is_admin = user.is_active and user.has_role(Role.ADMIN)
        # Asked as a permission too, since not every admin is one of the whole portal.
        return (
            action == "view"
            and is_admin
            and user.has_perm(f"{meta.app_label}.view_{meta.model_name}")
        )

    def user_has_any_permission(self, user: Any, actions: Any) -> bool:
        """Whether ``user`` may do one of ``actions``."""
        return any(self.user_has_permission(user, action) for action in actions)

    def users_with_any_permission(self, actions: Any) -> Any:
        """The users who may."""
        model: Any = self.model._meta.apps.get_model("accounts", "User")
        if "view" not in actions:
            return model.objects.none()
        return model.objects.filter(is_active=True, groups__name=Role.ADMIN)


for _model in (JobRun, OutboxMessage):
    register_permission_policy(_model, AdminsRead(_model))


class _ReadOnly(ExportedViews, ModelViewSet):
    add_to_admin_menu = False
    inspect_view_enabled = True
    copy_view_enabled = False
    exclude_form_fields: list[str] = []
    search_backend_name = None
    list_per_page = 50


class OutboxFilters(WagtailFilterSet):
    """Open, done or failed, and of which kind."""

    state = ChoiceFilter(
        label=_("State"),
        choices=[("open", _("open")), ("done", _("done")), ("failed", _("failed"))],
        method="of_state",
    )
    actor = CharFilter(label=_("Job"), lookup_expr="icontains")

    class Meta:
        model = OutboxMessage
        fields = ["state", "actor"]

    def of_state(self, jobs: Any, _name: str, value: str) -> Any:
        """Those in the state."""
        if value == "done":
            return jobs.filter(done_at__isnull=False)
        return jobs.filter(done_at__isnull=True, failed_at__isnull=value == "open")


class OutboxIndexView(IndexView):
    """Jobs; what has failed for good can be tried again."""

    policy = ADMIN_SITE
    paginator_class = BoundedPaginator

    def get_list_more_buttons(self, instance: OutboxMessage) -> list[Any]:
        """Inspect, and try again."""
        buttons: list[Any] = super().get_list_more_buttons(instance)
        if instance.failed_at is not None:
            url = reverse("jobs:retry", args=[instance.pk])
            buttons.append(MenuItem(_("Try again"), url=url, icon_name="rotate", priority=5))
        return buttons


class RetryView(ServiceForm):
    """Asks, then opens the job again."""

    policy = ADMIN_SITE
    list_name = "jobs"
    page_title = _("Try the job again")
    header_icon = "rotate"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """For those who see jobs."""
        if not policy_registry.get_by_type(OutboxMessage).user_has_permission(request.user, "view"):
            raise PermissionDenied
        self.job = get_object_or_404(OutboxMessage, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_page_subtitle(self) -> str:
        """Which."""
        return str(self.job)

    def call(self, form: forms.Form) -> str:
        """Open it."""
        retry(pk=self.job.pk, actor=self.request.user)
        return gettext("The job is open again.")


class JobRunViewSet(_ReadOnly):
    """Runs of the jobs by the clock, newest first."""

    model = JobRun
    add_to_reference_index = False
    menu_label = _("Scheduled jobs")
    icon = "calendar-check"
    list_display = ["name", "state", "scheduled_for", "started_at", "ended_at", "counts"]
    list_filter = ["state", "name"]
    inspect_view_fields = [
        "name",
        "state",
        "scheduled_for",
        "started_at",
        "ended_at",
        "counts",
        "error",
    ]


class OutboxViewSet(_ReadOnly):
    """Jobs that follow a write: open, done and failed."""

    model = OutboxMessage
    add_to_reference_index = False
    menu_label = _("Jobs")
    icon = "tasks"
    index_view_class = OutboxIndexView
    ordering = ["-pk"]
    list_display = ["pk", "actor", "created_at", "due_at", "attempts", "done_at", "failed_at"]
    filterset_class = OutboxFilters
    # Not the arguments: they may name people.
    inspect_view_fields = [
        "actor",
        "created_at",
        "due_at",
        "attempts",
        "done_at",
        "failed_at",
        "last_error",
    ]

    def get_urlpatterns(self) -> list[Any]:
        """Wagtail's, and trying again."""
        return [
            *super().get_urlpatterns(),
            path("retry/<int:pk>/", RetryView.as_view(), name="retry"),
        ]


class JobsGroup(ModelViewSetGroup):
    """One entry in the menu for both."""

    menu_label = _("Jobs")
    menu_icon = "tasks"
    menu_order = 9500
    items = (JobRunViewSet("job_runs"), OutboxViewSet("jobs"))


@hooks.register("register_admin_viewset")
def register_jobs() -> JobsGroup:
    """The group of both listings."""
    return JobsGroup()


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    """What the log says of jobs."""
    actions.register_action("jobs.retry", _("Try again"), _("Opened again"))
