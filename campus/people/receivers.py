"""What this app does when an account is made or changed."""

from typing import Any

from django.dispatch import receiver

from campus.accounts.models import User
from campus.accounts.signals import names_changed, profile_changed, registered
from campus.people import services
from campus.people.models import StaffProfile, Student
from portal.roles import Role


@receiver(registered, dispatch_uid="people.make_student")
def make_student(sender: Any, user: User, role: Role, **kwargs: Any) -> None:
    """Who registers as a student is one at once, in the same transaction (P2)."""
    if role is Role.STUDENT:
        services.make_student(user=user)


@receiver(profile_changed, dispatch_uid="people.follow_name")
def follow_name(sender: Any, user: User, changed: list[str], **kwargs: Any) -> None:
    """The name on lists follows the name in the profile (P9)."""
    if "full_name" in changed and user.full_name:
        Student.objects.filter(user=user).update(name=user.full_name)
        StaffProfile.objects.filter(user=user).update(name=user.full_name)


@receiver(names_changed, dispatch_uid="people.follow_names")
def follow_names(sender: Any, users: list[User], **kwargs: Any) -> None:
    """As ``follow_name``, for many at once."""
    names = {user.pk: user.full_name for user in users if user.full_name}
    for model in (Student, StaffProfile):
        rows: list[Any] = list(model._default_manager.filter(user__in=names).only("pk", "user_id"))
        for row in rows:
            row.name = names[row.user_id]
        model._default_manager.bulk_update(rows, ["name"])
