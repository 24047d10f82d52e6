"""This app in the Wagtail admin: the actions of its log, and what it does to several users at once."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import hooks

from campus.accounts.bulk_actions import AssignRoleBulkAction, SetActiveStateBulkAction

LOG_ACTIONS: dict[str, tuple[Any, Any]] = {
    "accounts.register": (_("Register"), _("Registered")),
    "accounts.invite": (_("Invite"), _("Invited")),
    "accounts.set_roles": (_("Set roles"), _("Roles set")),
    "accounts.enable": (_("Enable account"), _("Account enabled")),
    "accounts.disable": (_("Disable account"), _("Account disabled")),
    "accounts.set_password": (_("Set password"), _("Password set")),
    "accounts.unlock": (_("Unlock account"), _("Account unlocked")),
    "accounts.change_profile": (_("Change profile"), _("Profile changed")),
    "accounts.change_email": (_("Change e-mail"), _("E-mail changed")),
    "accounts.change_phone": (_("Change phone"), _("Phone changed")),
}


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    """What the log of an account may say."""
    for action, (label, message) in LOG_ACTIONS.items():
        actions.register_action(action, label, message)


# Registered after Wagtail's own of the same names, whose place they take.
for action in (SetActiveStateBulkAction, AssignRoleBulkAction):
    hooks.register("register_bulk_action", action, order=100)
