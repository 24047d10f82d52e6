"""Links by which invited people set their first password (P2): signed, good once and for some days."""

import uuid
from collections.abc import Iterable

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db.models import TextChoices
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from campus.accounts.models import User
from portal.jobs import enqueue_many


class Channel(TextChoices):
    """Where a link was sent, and so what its holder has proved."""

    EMAIL = "email"
    PHONE = "phone"


class _Tokens(PasswordResetTokenGenerator):
    """Django's tokens, which end with a password, a sign-in or another e-mail; here also with a phone."""

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self.key_salt = f"campus.accounts.invitations.{channel.value}"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.phone}{user.session_epoch}"


def path_for(user: User, channel: Channel) -> str:
    """The address of the page, in the language that is active."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    token = _Tokens(channel).make_token(user)
    return reverse("accounts:accept_invitation", args=[channel.value, uid, token])


def send(users: Iterable[User]) -> None:
    """Have each of ``users`` sent the link, after the commit; one statement for all."""
    jobs = [{"user_id": user.pk, "message_id": uuid.uuid4().hex} for user in users]
    enqueue_many("campus.accounts.tasks.send_invitation", jobs)


def invited(channel: str, uid: str, token: str) -> User | None:
    """Whose link it is; None if it has ended, was used, or never was one."""
    if channel not in Channel.values:
        return None
    try:
        pk = int(urlsafe_base64_decode(uid).decode())
    except (ValueError, OverflowError, UnicodeDecodeError):
        return None
    if pk >= 2**63:
        return None
    user = User.objects.filter(pk=pk, is_active=True).first()
    if user is None or user.has_usable_password():
        return None
    return user if _Tokens(Channel(channel)).check_token(user, token) else None
