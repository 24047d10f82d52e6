"""What people are told of people: this app listens to ``campus.people``, which may not import it."""

from collections.abc import Iterable
from typing import Any

from django.dispatch import receiver
from django.utils.translation import gettext_lazy as _

from campus.accounts.models import User
from campus.notifications.registry import NotificationType, register
from campus.notifications.services import Message, notify, notify_all
from campus.people.models import Guardianship, StaffProfile, Student
from campus.people.queries import guardians_to_tell
from campus.people.signals import account_taken_over, guardian_added, mentor_assigned

register(
    NotificationType(
        name="people.taken_over",
        label=_("A child takes over its account"),
        title=_("%(student)s has an own account now"),
        body=_(
            "Number and courses stay. %(student)s corrects the profile there, and decides what "
            "guardians see once of age."
        ),
    )
)
register(
    NotificationType(
        name="people.guardian_added",
        label=_("Another guardian"),
        title=_("%(guardian)s is a guardian of %(student)s now"),
        body=_("If you did not expect this, write to the administration."),
        email=True,
        mandatory=True,
    )
)
register(
    NotificationType(
        name="people.mentees",
        label=_("New mentees"),
        title=_("New mentees: %(count)s"),
        body=_("They stand on the page of your mentees, with what they take."),
    )
)
register(
    NotificationType(
        name="people.mentor",
        label=_("A mentor"),
        title=_("%(mentor)s is your mentor now"),
        child_title=_("%(mentor)s is the mentor of %(child)s now"),
    )
)


@receiver(account_taken_over, dispatch_uid="notifications.taken_over")
def tell_taken_over(sender: Any, student: Student, user: User, **kwargs: Any) -> None:
    """Every guardian learns that the child has an account, also who loses sight by it (P10)."""
    notify(
        users=_guardians(student),
        type="people.taken_over",
        params={"student": student.name},
        path="/dashboard/",
    )


@receiver(guardian_added, dispatch_uid="notifications.guardian_added")
def tell_guardian_added(sender: Any, guardianship: Guardianship, **kwargs: Any) -> None:
    """Those who care for the child already learn who else does now."""
    student = guardianship.student
    others = [user for user in _guardians(student) if user.pk != guardianship.guardian_id]
    if student.is_open_to_guardians:
        notify(
            users=others,
            type="people.guardian_added",
            params={"student": student.name, "guardian": str(guardianship.guardian)},
            path=f"/children/{student.pk}/",
        )


@receiver(mentor_assigned, dispatch_uid="notifications.mentor_assigned")
def tell_mentor_assigned(
    sender: Any, students: list[Student], mentor: StaffProfile | None, **kwargs: Any
) -> None:
    """The mentor learns of new mentees in one message; students and guardians of their mentor."""
    if mentor is None or mentor.user is None:
        return
    messages: list[Message] = [
        (mentor.user, "people.mentees", {"count": len(students)}, "/mentees/", "", "")
    ]
    guardians = guardians_to_tell(students)
    facts = {"mentor": mentor.name}
    for student in students:
        if student.user is not None:
            messages.append((student.user, "people.mentor", facts, "/dashboard/", "", ""))
        for guardian in guardians.get(student.pk, ()):
            about = {**facts, "child": student.name}
            path = f"/children/{student.pk}/"
            messages.append((guardian, "people.mentor", about, path, "", ""))
    notify_all(messages)


def _guardians(student: Student) -> Iterable[User]:
    links = student.guardianships.select_related("guardian").filter(guardian__is_active=True)
    return [link.guardian for link in links]
