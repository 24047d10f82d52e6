"""Certificates in the Wagtail admin."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import hooks

_ACTIONS = [
    ("certificates.issue", _("Issue certificate"), _("Certificate issued")),
    ("certificates.revoke", _("Revoke certificate"), _("Certificate revoked")),
    ("certificates.supersede", _("Supersede certificate"), _("Certificate superseded")),
    ("certificates.add_template", _("Add template"), _("Template added")),
    ("certificates.change_template", _("Change template"), _("Template changed")),
    ("certificates.remove_template", _("Remove template"), _("Template removed")),
]


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    """What the log says of certificates."""
    for action, label, message in _ACTIONS:
        actions.register_action(action, label, message)
