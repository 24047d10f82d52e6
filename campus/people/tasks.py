"""Messages of people, written and sent by a worker."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from campus.accounts import sms
from campus.people.models import StudentInvitation
from portal.jobs import GiveUp


def send_invitation(*, invitation_id: int, language: str, to: str, code: str) -> None:
    """Send the code of an invitation to an e-mail address or a number (P10).

    Raises ``GiveUp`` where the invitation was used, withdrawn or is too old by now, and whatever the
    mail server or gateway raises, so that it is tried again.
    """
    found = (
        StudentInvitation.objects.filter(
            StudentInvitation.OPEN, pk=invitation_id, expires_at__gt=timezone.now()
        )
        .select_related("student")
        .first()
    )
    if found is None:
        raise GiveUp("The invitation has ended before it could be sent.")
    with translation.override(language):
        subject, body = _words(found, code, language)
        if "@" in to:
            headers = {"Message-ID": f"<invitation-{found.pk}@people.quad>"}
            EmailMessage(subject=subject, body=body, to=[to], headers=headers).send()
        else:
            sms.send(to=to, text=" ".join(body.split()))


def _words(invitation: StudentInvitation, code: str, language: str) -> tuple[str, str]:
    """Subject and body in the active language."""
    facts = {
        "site": settings.WAGTAIL_SITE_NAME,
        "student": invitation.student.name,
        "code": code,
        "address": f"{settings.SITE_URL}/{language}/claim/",
        "hours": settings.INVITATION_HOURS,
    }
    if invitation.purpose == StudentInvitation.Purpose.TAKE_OVER:
        subject = _("Your own account at %(site)s")
        first = _("%(student)s can have an account of their own at %(site)s now.")
    else:
        subject = _("Care for a student at %(site)s")
        first = _("You are asked to be a guardian of %(student)s at %(site)s.")
    lines = [
        first,
        _("Create an account or sign in, then enter this code at %(address)s:"),
        "%(code)s",
        _("It works once, within %(hours)s hours. If you do not know what this is, do nothing."),
    ]
    return subject % facts, "\n\n".join(lines) % facts
