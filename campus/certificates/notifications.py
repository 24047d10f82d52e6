"""The sentences of certificates."""

from django.utils.translation import gettext_lazy as _

from campus.notifications.registry import NotificationType, register

register(
    NotificationType(
        name="certificates.issued",
        label=_("Certificate"),
        title=_("Your certificate for %(title)s is ready"),
        body=_("Number %(number)s"),
        child_title=_("The certificate of %(child)s for %(title)s is ready"),
        child_body=_("Number %(number)s"),
        email=True,
    )
)
register(
    NotificationType(
        name="certificates.revoked",
        label=_("Certificate revoked"),
        title=_("Your certificate for %(title)s was revoked"),
        body=_("Reason: %(reason)s"),
        child_title=_("The certificate of %(child)s for %(title)s was revoked"),
        child_body=_("Reason: %(reason)s"),
        email=True,
    )
)
