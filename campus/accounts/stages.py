"""The stages between the password and the session, where ours differ from allauth's."""

from typing import Any

from allauth.account import stages
from allauth.account.models import EmailAddress

from portal.roles import Role


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
