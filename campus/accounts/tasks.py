"""Messages of accounts, written and sent by a worker."""

import datetime as dt
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.internal.userkit import filter_users_by_email
from allauth.idp.oidc.models import Token
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from campus.accounts import invitations, sms
from campus.accounts.models import User
from campus.accounts.timezones import zone_of
from portal.jobs import GiveUp, scheduled


def send_message(
    *,
    template: str,
    to: str,
    context: dict[str, Any],
    user_id: int | None,
    language: str,
    good_until: str | None,
    message_id: str,
) -> None:
    """Send the mail ``template`` to ``to`` in the reader's own language; a text message to a number.

    ``language`` is for readers nobody knows. Raises ``GiveUp`` after ``good_until``, when the code in the
    message has ended, and whatever the mail server or gateway raises, so that it is tried again.
    """
    if good_until and timezone.now() >= dt.datetime.fromisoformat(good_until):
        raise GiveUp("The code in the message has ended before it could be sent.")
    reader = User.objects.filter(pk=user_id).first() if user_id else _reader(to)
    context = {
        **context,
        "user": reader,
        "email": to,
        "site_name": settings.WAGTAIL_SITE_NAME,
        "current_site": SimpleNamespace(
            name=settings.WAGTAIL_SITE_NAME, domain=urlsplit(settings.SITE_URL).netloc
        ),
    }
    if "timestamp" in context:
        context["timestamp"] = dt.datetime.fromisoformat(context["timestamp"])
    chosen = (reader.language if reader else "") or language
    with translation.override(chosen), timezone.override(zone_of(reader)):
        if "@" in to:
            headers = {"Message-ID": f"<{message_id}@accounts.quad>"}
            get_adapter().render_mail(template, to, context, headers=headers).send()
        elif reader is not None:
            # Nobody is written to who has no account: a number of a stranger gets no message of ours.
            name = template.rpartition("/")[2]
            text = render_to_string(f"account/sms/{name}.txt", context)
            sms.send(to=to, text=" ".join(text.split()))


@scheduled("50 4 * * *")
def clear_granted_tokens() -> dict[str, int]:
    """Remove tokens of other systems that have ended (P7)."""
    return {"tokens": Token.objects.expired().delete()[0]}


def _reader(to: str) -> User | None:
    """Whose address or number it is."""
    if "@" in to:
        found: list[User] = filter_users_by_email(to)
        return found[0] if found else None
    owner: User | None = get_adapter().get_user_by_phone(to)
    return owner


def send_invitation(*, user_id: int, message_id: str, again: bool = False) -> None:
    """Send an invited person the link by which they set a first password (P2).

    ``again``: they had one, which an admin took away.

    By mail, else by text message. Does nothing for those who have a password by now or were disabled;
    the link is made here, so that no row holds it.
    """
    user = User.objects.filter(pk=user_id).first()
    if user is None or not user.is_active or user.has_usable_password():
        return
    channel = invitations.Channel.EMAIL if user.email else invitations.Channel.PHONE
    with translation.override(user.language or settings.LANGUAGE_CODE):
        link = settings.SITE_URL.rstrip("/") + invitations.path_for(user, channel)
    send_message(
        template="account/email/password_taken" if again else "account/email/invitation",
        to=user.email or user.phone_number or "",
        context={"link": link, "days": settings.PASSWORD_RESET_TIMEOUT // 86400},
        user_id=user.pk,
        language=user.language,
        good_until=None,
        message_id=message_id,
    )
