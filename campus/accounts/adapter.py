"""What allauth asks of this portal: storing accounts, sending codes, counting failed sign-ins."""

import datetime as dt
import uuid
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal import flows
from allauth.account.internal.flows.password_reset_by_code import (
    PASSWORD_RESET_VERIFICATION_SESSION_KEY,
)
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.httpkit import is_headless_request
from django.conf import settings
from django.core.cache import cache
from django.core.validators import MaxLengthValidator
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from campus.accounts import services
from campus.accounts.fields import PhoneField, in_e164
from campus.accounts.models import User
from portal.jobs import enqueue
from portal.roles import Role

OUR_STAGES = {
    "allauth.account.stages.PhoneVerificationStage": "campus.accounts.stages.PhoneVerificationStage",
    "allauth.account.stages.EmailVerificationStage": "campus.accounts.stages.EmailVerificationStage",
}

# What the page that asks for the code says already, and what one sees at once.
SAID_BY_THE_PAGE = frozenset(
    {
        "account/messages/email_confirmation_sent.txt",
        "account/messages/phone_verification_sent.txt",
        "account/messages/logged_in.txt",
    }
)


class AccountAdapter(DefaultAccountAdapter):
    """allauth's adapter with the overrides that P1–P5 need; each has a test that fails without it."""

    # --- registration (P1, P2) ----------------------------------------------------------------

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> User:
        """Store a new account with its role in one transaction.

        Of two registrations in parallel with one e-mail or phone the database lets one pass; the other
        gets the answer that any taken e-mail gets (P4), not an error.
        """
        data = form.cleaned_data
        try:
            return services.register(
                user=user,
                email=data.get("email"),
                phone=data.get("phone"),
                password=data.get("password1") or data.get("password"),
                full_name=data.get("full_name", ""),
                role=Role(data.get("role") or Role.STUDENT),
                language=translation.get_language() or settings.LANGUAGE_CODE,
            )
        except IntegrityError:
            answer = flows.signup.prevent_enumeration(
                request, email=data.get("email"), phone=data.get("phone")
            )
            if is_headless_request(request):
                from allauth.headless.base.response import AuthenticationResponse  # noqa: PLC0415

                answer = AuthenticationResponse.from_response(request, answer)
            raise ImmediateHttpResponse(answer) from None

    def clean_email(self, email: str) -> str:
        """No longer than the column: forms allow 320 characters."""
        MaxLengthValidator(254)(email)
        return email

    def get_login_stages(self) -> list[str]:
        """allauth's stages, with our own for the phone and the e-mail."""
        stages = [OUR_STAGES.get(path, path) for path in super().get_login_stages()]
        return [*stages, "campus.accounts.stages.ApprovalStage"]

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse | None:
        """Keep out the disabled. Who waits for approval goes on to the code, and no further (P8).

        Else a registration that waits would be answered otherwise than one with a taken e-mail (P4).
        """
        if not user.is_active and user.approval in User.UNDECIDED:
            return None
        return super().pre_login(request, user, **kwargs)

    # --- phone --------------------------------------------------------------------------------

    def phone_form_field(self, **kwargs: Any) -> PhoneField:
        """A field that reads numbers as people write them."""
        return PhoneField(**kwargs)

    def set_phone(self, user: Any, phone: str | None, verified: bool) -> None:
        """Store the number."""
        user.phone = phone or None
        user.phone_verified = bool(phone) and verified
        user.save(update_fields=["phone", "phone_verified"])

    def get_phone(self, user: Any) -> tuple[str, bool] | None:
        """The number in E.164 and whether it is verified."""
        return (user.phone.as_e164, user.phone_verified) if user.phone else None

    def set_phone_verified(self, user: Any, phone: str) -> None:
        """Store the number as verified; it may be a new one whose code has just been typed.

        Two people may have asked for one number at once: the second is told that it is taken.
        """
        try:
            with transaction.atomic():
                self.set_phone(user, phone, True)
        except IntegrityError:
            raise self.validation_error("phone_taken") from None

    def get_user_by_phone(self, phone: str) -> User | None:
        """Whose number it is, however it is written."""
        number = in_e164(phone)
        return User.objects.filter(phone=number).first() if number else None

    def send_verification_code_sms(self, user: Any, phone: str, code: str, **kwargs: Any) -> None:
        """Send the code that proves a phone."""
        _post("account/sms/verification_code", phone, {"code": code, "user": user})

    def send_account_already_exists_sms(self, phone: str) -> None:
        """Tell the owner of a number, and nobody else, that it has an account already."""
        _post("account/sms/account_already_exists", phone, {})

    # --- mails and messages -------------------------------------------------------------------

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Store a mail to be sent; a text message where ``email`` is a number.

        The number comes from our password reset, which takes either (P5).
        """
        _post(template_prefix, email, context)

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Say what has happened, unless the page that follows says it itself."""
        if message_template in SAID_BY_THE_PAGE and request.POST.get("action") != "resend":
            return
        super().add_message(request, level, message_template, *args, **kwargs)

    # --- failed sign-ins (P4) -----------------------------------------------------------------

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """One count for the account, by whatever it was addressed.

        As shipped the key is made of the e-mail alone, so that all phones share one. A name that belongs
        to nobody is counted too, so that a lock does not tell that an account exists.
        """
        return services.attempts_key(
            email=credentials.get("email"),
            phone=credentials.get("phone"),
            other=credentials.get("username", ""),
        )

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """With the fifth failure the fifteen minutes begin, wherever the first four lay within them."""
        usage = getattr(self, "_login_failed_rl_usage", None)
        for single in usage.usage if usage else ():
            history = cache.get(single.cache_key, [])
            if len(history) >= services.ATTEMPTS:
                cache.set(
                    single.cache_key,
                    [single.timestamp] * len(history),
                    single.cache_duration,
                )

    # --- sessions (P3) ------------------------------------------------------------------------

    def set_password(self, user: Any, password: str) -> None:
        """Store a new password and end every session and token of the account.

        In a reset, remembers where the code was sent, which ``receivers`` needs when it is finished.
        """
        request = context.request
        state = request.session.get(PASSWORD_RESET_VERIFICATION_SESSION_KEY) if request else None
        if state:
            request.reset_by = state.get("email")
        services.set_password(user=user, password=password)

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        """To the home page in the language that was read."""
        return f"/{translation.get_language() or settings.LANGUAGE_CODE}/"

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """Go on in the language that the person has chosen (P9)."""
        response = super().post_login(request, user, **kwargs)
        if not is_headless_request(request) and not kwargs["signup"]:
            services.follow_language(request, response, user.language)
        return response


def _post(template: str, to: str, context: dict[str, Any]) -> None:
    """Leave a message for a worker to write and send (``tasks.send_message``).

    A mail server that is away must not undo what the message tells of; and whether anybody has the address
    is looked up where it cannot be timed (P4).
    """
    user = context.get("user")
    plain = {
        name: value for name, value in context.items() if isinstance(value, str | int | dt.datetime)
    }
    good_until = None
    if "code" in context:
        good_until = timezone.now() + dt.timedelta(seconds=settings.ACCOUNT_CODE_SECONDS)
    enqueue(
        "campus.accounts.tasks.send_message",
        template=template,
        secret={
            "to": to,
            "context": plain,
            "user_id": user.pk if user else None,
            "language": translation.get_language() or settings.LANGUAGE_CODE,
            "good_until": good_until,
            "message_id": uuid.uuid4().hex,
        },
    )
