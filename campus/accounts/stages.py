"""The stages between the password and the session, where ours differ from allauth's."""

from typing import Any

from allauth.account import stages
from allauth.account.adapter import get_adapter
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.httpkit import is_headless_request
from django.utils.translation import gettext_lazy as _

from campus.accounts.models import User
from portal.roles import Role

PENDING = _("Your account waits for an admin to approve it. You get a message then.")
REFUSED = _("Your registration was not approved. A message told you why.")


def _is_exempt(user: Any) -> bool:
    """Admins need no verified e-mail or phone (P2)."""
    return user is not None and user.has_role(Role.ADMIN)


def _has_address(user: Any) -> bool:
    return bool(EmailAddress.objects.filter(user=user).exists())


class PhoneVerificationStage(stages.PhoneVerificationStage):
    """Asks for the code sent to a phone that is not verified yet."""

    def handle(self) -> Any:
        """Pass admins; else as allauth does."""
        return (None, True) if _is_exempt(self.login.user) else super().handle()


class EmailVerificationStage(stages.EmailVerificationStage):
    """Asks for the code sent to an e-mail that is not verified yet.

    allauth would hold back, for ever, one who has a verified phone and no e-mail at all (P1).
    """

    def handle(self) -> Any:
        """Pass admins and those who have only a verified phone; else as allauth does."""
        user: Any = self.login.user
        if _is_exempt(user):
            return None, True
        if user is not None and user.phone_verified and not user.email and not _has_address(user):
            return None, True
        if user is None and self.login.phone and not self.login.email:
            # A registration with a number that is taken: looks the same, and ends at the phone's stage.
            return None, False
        return super().handle()


class ApprovalStage(stages.LoginStage):
    """The last: who waits for an admin, or was refused, is told so and comes no further (P8).

    By then the password and the code have proved that it is the person's own account.
    """

    key = "approval"
    urlname = "account_inactive"

    def handle(self) -> Any:
        """Pass the active; else answer with what the account waits for."""
        user: Any = self.login.user
        if user is None or user.is_active:
            return None, True
        if is_headless_request(self.request):
            clear_login(self.request)
            refused = user.approval == User.Approval.REFUSED
            error = {
                "code": "approval_refused" if refused else "approval_pending",
                "message": str(REFUSED if refused else PENDING),
            }
            from allauth.headless.internal.restkit.response import APIResponse  # noqa: PLC0415

            raise ImmediateHttpResponse(APIResponse(self.request, errors=[error], status=403))
        return get_adapter().respond_user_inactive(self.request, user), False
