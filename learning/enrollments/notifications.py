"""The sentences of enrollments, and the action that a request carries (N3)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from campus.notifications.registry import NotificationType, register
from learning.enrollments import services


def _approve(*, target: str, actor: Any) -> Any:
    return services.approve(request_id=target, actor=actor)


def _reject(*, target: str, actor: Any) -> Any:
    return services.reject(request_id=target, actor=actor)


register(
    NotificationType(
        name="enrollments.enrolled",
        label=_("Enrolled"),
        title=_("You are enrolled in %(code)s"),
        body=_("%(course)s, section %(section)s, is on your dashboard now."),
        child_title=_("%(child)s is enrolled in %(code)s"),
        child_body=_("%(course)s, section %(section)s, is in the timetable now."),
    )
)
register(
    NotificationType(
        name="enrollments.waiting",
        label=_("On the waiting list"),
        title=_("You are on the waiting list of %(code)s"),
        body=_(
            "%(course)s is full. Your place is %(place)s; you are in as soon as your turn comes."
        ),
        child_title=_("%(child)s is on the waiting list of %(code)s"),
        child_body=_(
            "%(course)s is full. The place is %(place)s; the seat comes as soon as it is their turn."
        ),
    )
)
register(
    NotificationType(
        name="enrollments.promoted",
        label=_("A seat came free"),
        title=_("A seat came free: you are in %(code)s"),
        body=_("You waited for %(course)s, section %(section)s. The seat is yours."),
        child_title=_("A seat came free: %(child)s is in %(code)s"),
        child_body=_("%(child)s waited for %(course)s, section %(section)s. The seat is theirs."),
        email=True,
    )
)
register(
    NotificationType(
        name="enrollments.passed_over_clash",
        label=_("A seat went to the next: timetable"),
        title=_("A seat in %(code)s came free, but not for you yet"),
        body=_(
            "Its hours overlap with a section you are in, so it went to the next. "
            "You keep your place on the waiting list of %(course)s."
        ),
        child_title=_("A seat in %(code)s came free, but not for %(child)s yet"),
        child_body=_(
            "Its hours overlap with another section, so it went to the next. "
            "The place on the waiting list of %(course)s is kept."
        ),
        email=True,
    )
)
register(
    NotificationType(
        name="enrollments.passed_over_prerequisites",
        label=_("A seat went to the next: prerequisites"),
        title=_("A seat in %(code)s came free, but not for you yet"),
        body=_(
            "A course that must come first is not completed, so it went to the next. "
            "You keep your place on the waiting list of %(course)s."
        ),
        child_title=_("A seat in %(code)s came free, but not for %(child)s yet"),
        child_body=_(
            "A course that must come first is not completed, so it went to the next. "
            "The place on the waiting list of %(course)s is kept."
        ),
        email=True,
    )
)
register(
    NotificationType(
        name="enrollments.passed_over_not_active",
        label=_("A seat went to the next: not active"),
        title=_("A seat in %(code)s came free, but not for you yet"),
        body=_(
            "You are not an active student now, so it went to the next. "
            "You keep your place on the waiting list of %(course)s."
        ),
        child_title=_("A seat in %(code)s came free, but not for %(child)s yet"),
        child_body=_(
            "%(child)s is not an active student now, so it went to the next. "
            "The place on the waiting list of %(course)s is kept."
        ),
        email=True,
    )
)
register(
    NotificationType(
        name="enrollments.requested",
        label=_("A student asks to enroll"),
        title=_("%(student)s asks to enroll in %(code)s"),
        body=_("Section %(section)s of %(course)s takes students on approval."),
        email=True,
        actions={"approve": (_("Approve"), _approve), "reject": (_("Reject"), _reject)},
    )
)
register(
    NotificationType(
        name="enrollments.approved",
        label=_("Request approved"),
        title=_("Approved: you are enrolled in %(code)s"),
        body=_("%(course)s, section %(section)s, is on your dashboard now."),
        child_title=_("Approved: %(child)s is enrolled in %(code)s"),
        child_body=_("%(course)s, section %(section)s, is in the timetable now."),
        email=True,
    )
)
register(
    NotificationType(
        name="enrollments.rejected",
        label=_("Request not approved"),
        title=_("Your request for %(code)s was not approved"),
        body=_("Section %(section)s of %(course)s. Reason: %(reason)s"),
        child_title=_("The request of %(child)s for %(code)s was not approved"),
        email=True,
    )
)
register(
    NotificationType(
        name="enrollments.dropped_by_admin",
        label=_("Taken out by the administration"),
        title=_("You were taken out of %(code)s"),
        body=_("The administration ended your enrollment in %(course)s, section %(section)s."),
        child_title=_("%(child)s was taken out of %(code)s"),
        child_body=_("The administration ended the enrollment in %(course)s, section %(section)s."),
        email=True,
    )
)
register(
    NotificationType(
        name="enrollments.dropped",
        label=_("Dropped by someone of the family"),
        title=_("%(code)s was dropped for you"),
        body=_("A guardian ended your enrollment in %(course)s, section %(section)s."),
        child_title=_("%(child)s is not in %(code)s any more"),
        child_body=_("The enrollment in %(course)s, section %(section)s, was dropped."),
    )
)
