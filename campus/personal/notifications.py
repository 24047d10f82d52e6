"""The sentences of this app."""

from django.utils.translation import gettext_lazy as _

from campus.notifications.registry import NotificationType, register

register(
    NotificationType(
        name="personal.export_ready",
        label=_("My data is ready"),
        title=_("Your data is ready to download"),
        body=_("The file with all that the portal holds on you can be fetched for %(days)s days."),
        email=True,
    )
)
register(
    NotificationType(
        name="personal.erasure_asked",
        label=_("My account will be erased"),
        title=_("Your account will be erased"),
        body=_(
            "It will be erased on %(day)s. Until then you can take it back on the page of your data."
        ),
        email=True,
        mandatory=True,
    )
)
