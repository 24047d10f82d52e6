"""What people choose to be told, when and how (N2), and how a mail itself lets them stop it.

A link in a mail is a signed word: who it went to and what it was about. It needs no sign-in, since
whoever has the mail may stop it, and it can do nothing but that.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from campus.accounts.models import User
from campus.notifications import registry
from campus.notifications.errors import MandatoryType, NotificationNotFound, UnknownType
from campus.notifications.models import (
    Channel,
    NotificationDelivery,
    NotificationPreference,
    Timing,
)
from campus.notifications.registry import Text

SALT = "campus.notifications.unsubscribe"
DIGEST = "digest:"
ONE, ALL = "one", "all"


def choose(
    *, user: User, channel: str, timing: str, type: str = "", group: str = ""
) -> list[NotificationPreference]:
    """Keep a person's choice of ``timing`` for ``channel``: of one type, or of all types of a group.

    Mails of what is switched off that are not on their way yet are dropped. Raises :class:`UnknownType`
    for a type, group, channel or timing that is not there, and :class:`MandatoryType` for a type that
    always comes; in a group such types are left as they are.
    """
    if channel not in Channel.values:
        raise UnknownType(param="channel")
    if timing not in Timing.values:
        raise UnknownType(param="timing")
    if group:
        kinds = [kind for kind in registry.types_of(group) if not kind.mandatory]
        if not kinds:
            raise UnknownType(param="group")
    else:
        kinds = [kind for kind in registry.listed_types() if kind.name == type]
        if not kinds:
            raise UnknownType(param="type")
        if timing not in kinds[0].allowed(channel):
            raise MandatoryType(param="timing")
    return _keep(user.pk, [kind.name for kind in kinds], channel, timing)


@transaction.atomic
def _keep(
    user_id: int, types: Iterable[str], channel: str, timing: str
) -> list[NotificationPreference]:
    names = sorted(types)
    rows = NotificationPreference.objects.bulk_create(
        [
            NotificationPreference(user_id=user_id, type=name, channel=channel, timing=timing)
            for name in names
        ],
        update_conflicts=True,
        unique_fields=["user", "type", "channel"],
        update_fields=["timing"],
    )
    if timing == Timing.OFF:
        NotificationDelivery.objects.filter(
            notification__user=user_id,
            notification__type__in=names,
            channel=channel,
            state=NotificationDelivery.State.PENDING,
        ).delete()
    return rows


def choices_of(user_id: int) -> dict[tuple[str, str], Timing]:
    """When each listed type comes to a person by each channel: chosen, else its default; one query."""
    chosen = {
        (choice.type, choice.channel): Timing(choice.timing)
        for choice in NotificationPreference.objects.filter(user=user_id)
    }
    found = {}
    for kind in registry.listed_types():
        for channel in Channel:
            choice = chosen.get((kind.name, channel))
            allowed = choice is not None and choice in kind.allowed(channel)
            found[kind.name, channel.value] = (
                choice if allowed and choice is not None else kind.default(channel)
            )
    return found


@dataclass(frozen=True)
class Word:
    """What a link of a mail says: whose it was and what it was about."""

    user_id: int
    about: str

    @property
    def label(self) -> Text:
        """What the mail was about, for people."""
        if self.about == f"{DIGEST}{Timing.DAILY}":
            return _("the summary of the day")
        if self.about == f"{DIGEST}{Timing.WEEKLY}":
            return _("the summary of the week")
        return registry.find(self.about).label


def link_of(user_id: int, about: str, language: str) -> str:
    """The address at which ``user_id`` stops mails ``about`` (a type, ``digest:daily``…), no sign-in."""
    token = signing.dumps([user_id, about], salt=SALT)
    with translation.override(language):
        return settings.SITE_URL + reverse("notifications:unsubscribe", args=[token])


def headers_of(link: str) -> dict[str, str]:
    """The headers by which a mail program offers to stop a mail by one click (RFC 2369, RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{link}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def read(token: str) -> Word:
    """What a link says. Raises :class:`NotificationNotFound` for one that we did not sign."""
    try:
        user_id, about = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        raise NotificationNotFound from None
    if not User.objects.filter(pk=user_id).exists():
        raise NotificationNotFound
    return Word(user_id, about)


def unsubscribe(*, token: str, scope: str = ONE) -> Word:
    """Stop what a mail was about; with ``scope`` :data:`ALL`, every mail that can be stopped.

    Again is harmless. A digest is stopped by switching off every type that comes with it. Raises
    :class:`NotificationNotFound` for a link that is none.
    """
    word = read(token)
    stoppable = [kind.name for kind in registry.listed_types() if not kind.mandatory]
    if scope == ALL:
        names = stoppable
    elif word.about.startswith(DIGEST):
        chosen = choices_of(word.user_id)
        timing = word.about.removeprefix(DIGEST)
        names = [name for name in stoppable if chosen[name, Channel.EMAIL] == timing]
    else:
        names = [name for name in stoppable if name == word.about]
    if names:
        _keep(word.user_id, names, Channel.EMAIL, Timing.OFF)
    return word
