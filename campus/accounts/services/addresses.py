"""E-mail addresses and phones that are taken for proved, and the commands of operators about them."""

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Q

from campus.accounts.models import User
from campus.accounts.services.log import record
from portal.errors import InvalidInput
from portal.roles import Role


def admins() -> list[User]:
    """Everyone with the role admin, and superusers."""
    held = Q(groups__name=Role.ADMIN.value) | Q(is_superuser=True)
    return list(User.objects.filter(held).distinct().order_by("pk"))


def verify_phone(*, user: User) -> None:
    """The number has proved to be the person's own by a code (P2, P5)."""
    with transaction.atomic():
        changed = User.objects.filter(pk=user.pk, phone=user.phone, phone_verified=False).update(
            phone_verified=True
        )
        if changed:
            user.phone_verified = True
            record(
                action="accounts.change_phone",
                instance=user,
                actor=user,
                before={"phone_verified": False},
                after={"phone_verified": True},
            )


def verify_all_admins() -> int:
    """Take the e-mail and phone of every admin for proved (P2: they are exempt); how many lacked it."""
    count = 0
    for admin in admins():
        with transaction.atomic():
            user = User.objects.select_for_update(of=("self",), no_key=True).get(pk=admin.pk)
            before = _standing(user)
            if user.email:
                EmailAddress.objects.update_or_create(
                    user=user, email=user.email, defaults={"verified": True, "primary": True}
                )
            if user.phone and not user.phone_verified:
                user.phone_verified = True
                user.save(update_fields=["phone_verified"])
            after = _standing(user)
            if before != after:
                count += 1
                record(
                    action="accounts.verify",
                    instance=user,
                    actor=None,
                    before=before,
                    after=after,
                )
    return count


def set_admin_email(*, user: User, email: str) -> User:
    """Give an admin another e-mail, verified, without the old one's help (an operator's command).

    Raises ``InvalidInput`` if the e-mail is taken, or ``user`` is no admin. Sessions stay: whoever is
    in, is in by the password.
    """
    email = email.lower()
    if not user.has_role(Role.ADMIN):
        raise InvalidInput(param="user")
    with transaction.atomic():
        locked = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
        others = User.objects.exclude(pk=user.pk).filter(email=email).exists()
        if others or EmailAddress.objects.exclude(user=user).filter(email=email).exists():
            raise InvalidInput(param="email")
        before = locked.email
        locked.email = email
        locked.save(update_fields=["email"])
        EmailAddress.objects.filter(user=locked).exclude(email=email).delete()
        EmailAddress.objects.update_or_create(
            user=locked, email=email, defaults={"verified": True, "primary": True}
        )
        if before != email:
            record(
                action="accounts.change_email",
                instance=locked,
                actor=None,
                before={"email": before},
                after={"email": email},
            )
    user.email = email
    return user


def _standing(user: User) -> dict[str, bool]:
    return {
        "email_verified": EmailAddress.objects.filter(
            user=user, email=user.email, verified=True
        ).exists(),
        "phone_verified": user.phone_verified,
    }
