"""Every write to an account."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from allauth.account.internal.userkit import filter_users_by_email
from allauth.account.models import EmailAddress
from allauth.idp.oidc.models import Token
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import translate_url
from django.utils import timezone
from django.utils.translation import check_for_language

from campus.accounts import invitations
from campus.accounts.models import User
from campus.accounts.reach import is_limited, require_grantable, require_reach
from campus.accounts.services.addresses import (
    admins,
    set_admin_email,
    verify_all_admins,
    verify_phone,
)
from campus.accounts.services.approval import announce, approve, let_wait, refuse
from campus.accounts.services.factors import log_factor, take_factors_away
from campus.accounts.services.locks import ATTEMPTS, attempts_key, is_locked, unlock
from campus.accounts.services.log import record
from campus.accounts.signals import profile_changed, registered
from portal.errors import InvalidInput, NotAllowed
from portal.realtime.sessions import end_sockets
from portal.roles import Role

__all__ = [
    "ATTEMPTS",
    "admins",
    "approve",
    "attempts_key",
    "is_locked",
    "log_factor",
    "refuse",
    "set_admin_email",
    "take_factors_away",
    "unlock",
    "verify_all_admins",
    "verify_phone",
]

SELF_REGISTERED = frozenset({Role.STUDENT, Role.PARENT})


def register(
    *,
    user: User,
    email: str | None,
    phone: str | None,
    password: str | None,
    full_name: str = "",
    role: Role = Role.STUDENT,
    language: str = "en",
) -> User:
    """Store a new account and its role (P1, P2), and tell the apps above by ``registered``.

    Raises ``InvalidInput`` for a role that one cannot give oneself, and ``IntegrityError`` if the e-mail
    or phone was taken meanwhile.
    """
    if role not in SELF_REGISTERED:
        raise InvalidInput(param="role")
    user.email = email or None
    user.phone = phone or None
    user.full_name = full_name.strip()
    user.language = language
    user.set_password(password)
    if settings.REGISTRATION_NEEDS_APPROVAL:
        let_wait(user)
    with transaction.atomic():
        user.save()
        user.groups.add(Group.objects.get_or_create(name=role.value)[0])
        registered.send(sender=User, user=user, role=role)
        record(action="accounts.register", instance=user, actor=user, after={"roles": [role.value]})
        if not user.is_active:
            announce(user, "waiting")
    return user


def set_roles(*, user: User, roles: Iterable[Role], actor: User | None) -> User:
    """Give ``user`` exactly these roles; other groups stay. Written to the audit log.

    Raises NotAllowed where ``actor`` does not reach the account or a new role reaches beyond theirs.
    Making somebody a parent takes nothing and gives nothing but children: anyone may become that.
    """
    with transaction.atomic():
        locked = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
        wanted = {Role(role) for role in roles}
        held = {Role(n) for n in locked.groups.values_list("name", flat=True) if n in Role.values}
        if wanted == held:
            return user
        if wanted - held != {Role.PARENT} or held - wanted:
            require_reach(actor, user)
        require_grantable(actor, user, wanted - held)
        locked.groups.remove(*Group.objects.filter(name__in=held - wanted))
        locked.groups.add(*[Group.objects.get_or_create(name=r.value)[0] for r in wanted - held])
        record(
            action="accounts.set_roles",
            instance=locked,
            actor=actor,
            before={"roles": sorted(held)},
            after={"roles": sorted(wanted)},
        )
    user.__dict__.pop("roles", None)
    return user


def set_active(*, user: User, active: bool, actor: User | None, reason: str = "") -> User:
    """Let ``user`` in again, or out: disabling ends every session, token and socket (P3)."""
    require_reach(actor, user)
    with transaction.atomic():
        locked = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
        if locked.is_active == active:
            return user
        if active and locked.approval in User.UNDECIDED:
            return approve(user=user, actor=actor)
        locked.is_active = active
        locked.inactive_reason = "" if active else reason
        locked.save(update_fields=["is_active", "inactive_reason"])
        record(
            action="accounts.enable" if active else "accounts.disable",
            instance=locked,
            actor=actor,
            before={"is_active": not active},
            after={"is_active": active, "reason": reason},
        )
        if not active:
            end_sessions(user=locked)
        announce(locked, "enabled" if active else "disabled")
    user.is_active, user.inactive_reason = locked.is_active, locked.inactive_reason
    user.session_epoch = locked.session_epoch
    return user


def set_password(*, user: User, password: str, actor: User | None = None) -> None:
    """Store a new password and end every session and token of the account (P3)."""
    require_reach(actor, user)
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        end_sessions(user=user)
        record(action="accounts.set_password", instance=user, actor=actor or user)


def end_sessions(*, user: User) -> None:
    """End every session and token of ``user`` at once, and after the commit their sockets (P3).

    Raising the epoch alone makes each session worthless, wherever it is kept; the rows go so that lists
    of sessions are true.
    """
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
        user.session_epoch = User.objects.values_list("session_epoch", flat=True).get(pk=user.pk)
        tracked = UserSession.objects.filter(user=user)
        Session.objects.filter(pk__in=list(tracked.values_list("session_key", flat=True))).delete()
        tracked.delete()
        Token.objects.filter(user=user).delete()  # what other systems were granted (P7)
        end_sockets(user.pk)


def end_session(*, session: UserSession) -> None:
    """End one session and its tokens and, after the commit, its sockets."""
    user_id, key = session.user_id, session.session_key
    with transaction.atomic():
        session.end()
        end_sockets(user_id, session_key=key)


def end_reused(*, user: User, session_key: str) -> None:
    """End a session of which a refresh token came a second time: somebody copied it (P3)."""
    with transaction.atomic():
        Session.objects.filter(pk=session_key).delete()
        UserSession.objects.filter(session_key=session_key).delete()
        end_sockets(user.pk, session_key=session_key)
        record(action="accounts.reused_token", instance=user, actor=None)


def saw(*, user_id: int, session_key: str, address: str, user_agent: str) -> None:
    """Store when, from where and by what a session was seen last."""
    now = timezone.now()
    UserSession.objects.filter(session_key=session_key, user_id=user_id).update(
        last_seen_at=now, ip=address, user_agent=user_agent
    )
    User.objects.filter(pk=user_id).update(last_seen=now)


def invite_staff(
    *,
    email: str | None = None,
    phone: str | None = None,
    full_name: str,
    roles: Iterable[Role],
    actor: User,
    join: Callable[[User], None] | None = None,
) -> User:
    """Make an account for one of the staff (P2: they do not register).

    ``join`` binds the account to where it belongs before it gets its roles; an admin of institutions
    has to give it, or is refused (NotAllowed).

    It has no password: the person gets a link and sets one; that also proves the e-mail. Raises
    ``InvalidInput`` if the e-mail or phone is taken or both lack.
    """
    if not email and not phone:
        raise InvalidInput(param="email")
    taken = (email and filter_users_by_email(email)) or (
        phone and User.objects.filter(phone=phone).exists()
    )
    if taken:
        raise InvalidInput(param="email" if email else "phone")
    with transaction.atomic():
        user = User.objects.create_user(email=email, phone=phone, full_name=full_name)
        if user.email:
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
        record(action="accounts.invite", instance=user, actor=actor)
        if join is not None:
            join(user)
        set_roles(user=user, roles=roles, actor=actor)
        invitations.send([user])
    return user


def accept_invitation(*, user: User, password: str, channel: invitations.Channel) -> None:
    """Store the first password of an invited account; who has the link has proved the address (P2)."""
    with transaction.atomic():
        locked = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
        if channel == invitations.Channel.PHONE:
            locked.phone_verified = True
            locked.save(update_fields=["phone_verified"])
        else:
            EmailAddress.objects.update_or_create(
                user=locked, email=locked.email, defaults={"verified": True, "primary": True}
            )
        set_password(user=locked, password=password, actor=locked)


def follow_language(request: HttpRequest, response: HttpResponse, language: str) -> None:
    """Make ``response`` go on in ``language``: its redirect, if it is one, and the cookie."""
    if language not in dict(settings.LANGUAGES) or not check_for_language(language):
        return
    if isinstance(response, HttpResponseRedirect) and not urlsplit(response.url).netloc:
        response["Location"] = translate_url(response.url, language)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 24 * 3600,
        samesite="Lax",
        secure=request.is_secure(),
    )


PROFILE_FIELDS = frozenset(
    {
        "full_name",
        "second_phone",
        "date_of_birth",
        "gender",
        "identity_number",
        "photo",
        "language",
        "timezone",
    }
)


def update_profile(*, user: User, changes: dict[str, Any], actor: User) -> User:
    """Store the common part of a profile (P9), write what changed to the audit log and tell the apps.

    ``changes`` holds checked values of ``PROFILE_FIELDS`` only; a new photo is already prepared (see
    ``photos``), and an empty one takes the photo away.
    """
    unknown = set(changes) - PROFILE_FIELDS
    if unknown:
        raise InvalidInput(param=sorted(unknown)[0])
    with transaction.atomic():
        locked = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
        before: dict[str, Any] = {}
        for name, value in changes.items():
            held = getattr(locked, name)
            if name == "photo":
                if bool(value) or bool(held):
                    before[name] = _as_json(held)
                    if held:
                        transaction.on_commit(partial(held.storage.delete, held.name))
                    setattr(locked, name, value or "")
            elif held != value:  # (an identity number is logged masked, as it prints itself)
                before[name] = _as_json(held)
                setattr(locked, name, value)
        if not before:
            return user
        locked.save(update_fields=list(before))
        profile_changed.send(sender=User, user=locked, changed=list(before), actor=actor)
        record(
            action="accounts.change_profile",
            instance=locked,
            actor=actor,
            before=before,
            after={name: _as_json(getattr(locked, name)) for name in before},
        )
    for name in before:
        setattr(user, name, getattr(locked, name))
    return user


def _as_json(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int)):
        return value
    return getattr(value, "name", None) or str(value)


def save_from_admin(
    *,
    user: User,
    fields: dict[str, Any],
    is_superuser: bool | None,
    is_active: bool | None,
    password: str | None,
    roles: set[Role],
    other_groups: Iterable[Group],
    actor: User | None,
    join: Callable[[User], None] | None = None,
) -> User:
    """Store a user as an admin's form gives it: new, or changed (roles.md: users and roles).

    Each kind of change takes its own service, so that it is logged and ends what it must; ``None`` for
    ``is_superuser``, ``is_active`` or ``password`` leaves that as it is. ``join`` binds the account to
    where it belongs, once it is stored and before it gets its roles.

    Raises NotAllowed for an account out of the actor's reach, or rights that are not theirs to give.
    """
    is_new = user.pk is None
    with transaction.atomic():
        held = None if is_new else User.objects.select_for_update(of=("self",)).get(pk=user.pk)
        other_groups = list(other_groups)
        _check_limited(held, is_superuser, other_groups, actor)
        for name, value in fields.items():
            setattr(user, name, value)
        if is_superuser is not None:
            user.is_superuser = user.is_staff = is_superuser
        active = user.is_active if is_active is None else is_active
        if held is not None:
            user.is_active, user.session_epoch = held.is_active, held.session_epoch
            user.password, user.phone_verified = held.password, held.phone_verified
            if held.phone != user.phone:
                user.phone_verified = False
        else:
            user.set_password(password)
        user.save()
        if held is None:
            record(action="accounts.invite", instance=user, actor=actor)
            if not password and active:
                invitations.send([user])
        else:
            _log_admin_changes(held, user, actor)
        _follow_email(held, user)
        if join is not None:
            join(user)
        if not is_limited(actor):
            user.groups.remove(*user.groups.exclude(name__in=Role.values))
            user.groups.add(*other_groups)
        set_roles(user=user, roles=roles, actor=actor)
        if held is not None and password:
            set_password(user=user, password=password, actor=actor)
        if active != user.is_active:
            set_active(user=user, active=active, actor=actor)
    return user


def _follow_email(held: User | None, user: User) -> None:
    """Keep allauth's row of the address beside the account's own; a new address is not verified."""
    if held is not None and held.email != user.email:
        EmailAddress.objects.filter(user=user).delete()
    if user.email:
        EmailAddress.objects.get_or_create(
            user=user, email=user.email, defaults={"primary": True, "verified": False}
        )


def _check_limited(
    held: User | None, is_superuser: bool | None, other_groups: list[Group], actor: Any
) -> None:
    """An admin of a part of the portal neither makes superusers nor puts anyone into groups of its own."""
    if not is_limited(actor):
        return
    if held is not None:
        require_reach(actor, held)
    groups = set() if held is None else set(held.groups.exclude(name__in=Role.values))
    raised = is_superuser is not None and is_superuser != bool(held and held.is_superuser)
    if raised or set(other_groups) - groups:
        raise NotAllowed


def _log_admin_changes(held: User, user: User, actor: User | None) -> None:
    names = ("email", "phone", "full_name", "language", "timezone", "is_superuser")
    changed = [name for name in names if getattr(held, name) != getattr(user, name)]
    if changed:
        record(
            action="accounts.change_profile",
            instance=user,
            actor=actor,
            before={name: _as_json(getattr(held, name)) for name in changed},
            after={name: _as_json(getattr(user, name)) for name in changed},
        )
        if "full_name" in changed:
            profile_changed.send(sender=User, user=user, changed=changed, actor=actor)


def seed_admin(*, email: str, password: str) -> tuple[User, bool]:
    """The admin with ``email``, and whether the account was made just now.

    Someone who has an account keeps its password; ``password`` is for a new one.
    """
    with transaction.atomic():
        user = User.objects.filter(email=email.lower()).first()
        made = user is None
        if user is None:
            user = User.objects.create_superuser(email, password)
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
        set_roles(user=user, roles={*user.roles, Role.ADMIN}, actor=None)
    return user, made


def sync_superuser_roles() -> int:
    """Give every superuser the role admin; says how many lacked it."""
    count = 0
    for user in User.objects.filter(is_superuser=True).exclude(groups__name=Role.ADMIN.value):
        held = [Role(n) for n in user.groups.values_list("name", flat=True) if n in Role.values]
        set_roles(user=user, roles={*held, Role.ADMIN}, actor=None)
        count += 1
    return count
