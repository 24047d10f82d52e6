"""The admin of enrollments: what the log calls its actions."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.log_actions import LogFormatter

from learning.enrollments.viewsets import EnrollmentsGroup

_ACTIONS = [
    ("enrollments.enroll", _("Enroll"), _("Enrolled")),
    ("enrollments.drop", _("Drop"), _("Dropped")),
    ("enrollments.complete", _("Complete"), _("Completed")),
    ("enrollments.refund", _("Refund"), _("Refunded")),
    ("enrollments.expire", _("Expire"), _("Expired")),
    ("enrollments.request", _("Ask to enroll"), _("Asked to enroll")),
    ("enrollments.request_queue", _("Put on the waiting list"), _("Approved, waits for a seat")),
    ("enrollments.request_approve", _("Approve a request"), _("Request approved")),
    ("enrollments.request_reject", _("Reject a request"), _("Request rejected")),
    ("enrollments.request_withdraw", _("Withdraw a request"), _("Request withdrawn")),
    ("enrollments.request_pass_over", _("Pass over"), _("Passed over for a free seat")),
    ("enrollments.capacity", _("Change the capacity"), _("Capacity changed")),
]


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    """The names under which the history shows what the services logged, with before and after."""
    for action, label, message in _ACTIONS:
        formatter = type(
            "EnrollmentLogFormatter",
            (_WithChanges,),
            {"label": label, "message": message},
        )
        actions.register_action(action)(formatter)


class _WithChanges(LogFormatter):
    """A message, and beside it what changed."""

    def format_comment(self, log_entry: Any) -> str:
        before, after = log_entry.data.get("before", {}), log_entry.data.get("after", {})
        return "; ".join(
            f"{name}: {before.get(name, '–')} → {value}" for name, value in after.items()
        )


@hooks.register("register_admin_viewset")
def register_viewsets() -> EnrollmentsGroup:
    """Enrollments and requests in the admin (S5)."""
    return EnrollmentsGroup()
