"""This app in the Wagtail admin: the actions of its log, and what it does to several users at once."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from wagtail import hooks

from campus.accounts.approval_admin import NAME as INACTIVE
from campus.accounts.approval_admin import InactiveViewSet
from campus.accounts.bulk_actions import (
    AssignRoleBulkAction,
    DeleteBulkAction,
    SetActiveStateBulkAction,
)
from campus.accounts.openid.viewsets import NAME, ClientViewSet

LOG_ACTIONS: dict[str, tuple[Any, Any]] = {
    "accounts.register": (_("Register"), _("Registered")),
    "accounts.approve": (_("Approve registration"), _("Registration approved")),
    "accounts.refuse": (_("Refuse registration"), _("Registration refused")),
    "accounts.invite": (_("Invite"), _("Invited")),
    "accounts.set_roles": (_("Set roles"), _("Roles set")),
    "accounts.enable": (_("Enable account"), _("Account enabled")),
    "accounts.disable": (_("Disable account"), _("Account disabled")),
    "accounts.set_password": (_("Set password"), _("Password set")),
    "accounts.reused_token": (
        _("End session of a copied token"),
        _("Session ended: one of its refresh tokens came twice"),
    ),
    "accounts.second_factor": (_("Change second factor"), _("Second factor changed")),
    "accounts.take_factors_away": (_("Remove second factors"), _("Second factors removed")),
    "accounts.verify": (_("Verify addresses"), _("Addresses taken for proved")),
    "accounts.reset_password": (_("Reset password"), _("Password reset")),
    "accounts.unlock": (_("Unlock account"), _("Account unlocked")),
    "accounts.change_profile": (_("Change profile"), _("Profile changed")),
    "accounts.openid_connect": (_("Connect app"), _("App connected")),
    "accounts.openid_disconnect": (_("Disconnect app"), _("App disconnected")),
    "accounts.openid_client_save": (_("Save client"), _("Client saved")),
    "accounts.openid_client_secret": (_("New secret"), _("New secret given")),
    "accounts.openid_client_delete": (_("Delete client"), _("Client deleted")),
    "accounts.change_email": (_("Change e-mail"), _("E-mail changed")),
    "accounts.change_phone": (_("Change phone"), _("Phone changed")),
}


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    """What the log of an account may say."""
    for action, (label, message) in LOG_ACTIONS.items():
        actions.register_action(action, label, message)


@hooks.register("register_admin_viewset")
def register_clients() -> Any:
    """The clients of the OpenID provider, where it is on."""
    return ClientViewSet(NAME) if settings.OPENID_PROVIDER else []


@hooks.register("register_admin_viewset")
def register_inactive_accounts() -> InactiveViewSet:
    """Inactive accounts, and deciding about those who wait (P8)."""
    return InactiveViewSet(INACTIVE)


# Registered after Wagtail's own of the same names, whose place they take.
for action in (DeleteBulkAction, SetActiveStateBulkAction, AssignRoleBulkAction):
    hooks.register("register_bulk_action", action, order=100)
