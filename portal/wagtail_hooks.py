"""What the frame shows in the Wagtail admin: scheduled jobs and their runs, and jobs that failed."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.viewsets.model import ModelViewSet, ModelViewSetGroup
from wagtail.permission_policies.base import BasePermissionPolicy
from wagtail.permissions import register_permission_policy

from portal.models import JobRun, OutboxMessage
from portal.roles import Role


class AdminsRead(BasePermissionPolicy):
    """Admins read; nobody adds, changes or deletes: the rows are the machinery's own."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        """Whether ``user`` may do ``action`` to any row."""
        return action == "view" and user.is_active and user.has_role(Role.ADMIN)

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


class _ReadOnly(ModelViewSet):
    add_to_admin_menu = False
    inspect_view_enabled = True
    copy_view_enabled = False
    exclude_form_fields: list[str] = []
    search_backend_name = None
    list_per_page = 50


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
    ordering = ["-pk"]
    list_display = ["pk", "actor", "created_at", "due_at", "attempts", "done_at", "failed_at"]
    list_filter = ["actor"]
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
