"""Every write to downloads of personal data and to erasures (P9)."""

import datetime as dt
import tempfile
import uuid
from typing import Any

import structlog
from allauth.account.adapter import get_adapter
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.db.models import Q
from django.utils import formats, timezone, translation

from campus.accounts.models import User
from campus.accounts.second_factor import ReauthenticateForm
from campus.accounts.services import set_active
from campus.notifications.services import notify
from campus.personal import archive, rules
from campus.personal.errors import (
    AlreadyAsked,
    LastAdmin,
    NotConfirmed,
    NothingAsked,
    PersonNotFound,
    TooManyExports,
)
from campus.personal.models import DataExport, ErasureRequest
from portal import audit, personal
from portal.errors import InvalidInput
from portal.jobs import enqueue
from portal.roles import Role

BUILD = "campus.personal.tasks.build_export"
ERASE = "campus.personal.tasks.erase"
EXPORTS_A_DAY = 5
ERASED = "erased"
PAGE = "/profile/data/"
logger = structlog.get_logger(__name__)


# --- downloads ------------------------------------------------------------------------------------
def request_export(*, user: User, actor: User) -> DataExport:
    """Have a download made; the one that is being made already is the answer, too.

    Raises ``TooManyExports`` after some in one day.
    """
    with transaction.atomic():
        User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
        pending = DataExport.objects.filter(user=user, state=DataExport.State.PENDING).first()
        if pending is not None:
            return pending
        since = timezone.now() - dt.timedelta(days=1)
        if DataExport.objects.filter(user=user, created_at__gt=since).count() >= EXPORTS_A_DAY:
            raise TooManyExports
        made = DataExport.objects.create(user=user)
        enqueue(BUILD, export_id=str(made.pk))
        _record("personal.export", user, actor)
    return made


def build_export(*, export_id: uuid.UUID | str) -> bool:
    """Make the file of a download and tell its owner; False if there is nothing (more) to make."""
    found = DataExport.objects.select_related("user")
    export = found.filter(pk=export_id, state=DataExport.State.PENDING).first()
    if export is None:
        return False
    facts = {"portal": settings.SITE_URL, "made_at": timezone.now()}
    days = settings.DATA_EXPORT_DAYS
    with tempfile.TemporaryFile() as target:
        archive.write(target, parts=archive.gather(export.user), facts=facts)
        size = target.tell()
        target.seek(0)
        export.file.save("data.zip", File(target), save=False)
    now = timezone.now()
    with transaction.atomic():
        changed = DataExport.objects.filter(pk=export.pk, state=DataExport.State.PENDING).update(
            state=DataExport.State.READY,
            file=export.file.name,
            size=size,
            ready_at=now,
            expires_at=now + dt.timedelta(days=days),
        )
        if changed:
            notify(
                users=[export.user],
                type="personal.export_ready",
                params={"days": days},
                path=PAGE,
            )
    if not changed:  # another worker was first, or the account is erased by now
        export.file.delete(save=False)
    return bool(changed)


def forget_exports(now: dt.datetime | None = None) -> int:
    """Delete the files of downloads that have had their time; gives their number."""
    due = DataExport.objects.filter(
        state=DataExport.State.READY, expires_at__lte=now or timezone.now()
    )
    count = 0
    for export in due.iterator():
        export.file.delete(save=False)
        count += DataExport.objects.filter(pk=export.pk).update(
            state=DataExport.State.EXPIRED, file="", size=0
        )
    return count


# --- erasure --------------------------------------------------------------------------------------
def needs_code(user: User) -> bool:
    """Whether the second factor must confirm, beside the password."""
    return is_mfa_enabled(user)


def confirm(*, user: User, password: str = "", code: str = "") -> None:
    """Ask anew who it is: the password, and the second factor where there is one.

    Failed tries count to the lock of the account (P4). Raises ``NotConfirmed``, naming the field.
    """
    if not user.has_usable_password() or not password:
        raise NotConfirmed(param="password")
    try:
        right = get_adapter().reauthenticate(user, password)
    except ValidationError as locked:
        raise NotConfirmed(locked.messages[0], param="password") from None
    if not right:
        raise NotConfirmed(param="password")
    if needs_code(user):
        make: Any = ReauthenticateForm  # (allauth's takes the user by name)
        form = make(data={"code": code}, user=user)
        if not form.is_valid():
            raise NotConfirmed(param="code")


def ask_erasure(*, user: User, actor: User, now: bool = False, reason: str = "") -> ErasureRequest:
    """Ask that ``user`` be erased: after the time of grace, or ``now`` with a reason by an admin.

    Raises ``LastAdmin`` and ``AlreadyAsked``; for another's account ``PersonNotFound`` beyond the actor's
    reach, and ``InvalidInput`` without a reason.
    """
    own = actor.pk == user.pk
    if not own and not actor.has_perm(rules.ERASE, user):
        raise PersonNotFound
    if not own and not reason.strip():
        raise InvalidInput(param="reason")
    grace = dt.timedelta(days=0 if now and not own else settings.ERASURE_GRACE_DAYS)
    due = timezone.now() + grace
    with transaction.atomic():
        _check_not_last_admin(user)
        User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
        if user.inactive_reason == ERASED or _open(user).exists():
            raise AlreadyAsked
        made = ErasureRequest.objects.create(
            user=user, asked_by=actor, reason=reason.strip()[:300], due_at=due
        )
        enqueue(ERASE, delay=grace or None, request_id=str(made.pk))
        _record("personal.erasure_ask", user, actor, after={"due_at": due.isoformat()})
        if own:
            with translation.override(user.language):
                day = formats.date_format(timezone.localtime(due), "DATE_FORMAT")
            notify(users=[user], type="personal.erasure_asked", params={"day": day}, path=PAGE)
    return made


def cancel_erasure(*, user: User, actor: User) -> ErasureRequest:
    """Take the erasure back while it waits; raises ``NothingAsked``."""
    with transaction.atomic():
        found = _open(user).select_for_update(of=("self",), no_key=True).first()
        if found is None or found.state != ErasureRequest.State.WAITING:
            raise NothingAsked
        found.state, found.ended_at = ErasureRequest.State.CANCELED, timezone.now()
        found.save(update_fields=["state", "ended_at"])
        _record("personal.erasure_cancel", user, actor)
    return found


def waiting_erasure(user: User) -> ErasureRequest | None:
    """The erasure of ``user`` that waits or runs, if there is one."""
    return _open(user).first()


def carry_out(*, request_id: uuid.UUID | str) -> bool:
    """Erase, if the day has come and nobody took it back. May run again after a crash.

    First the account is shut, with its sessions, tokens and sockets; then each part of the portal forgets,
    in transactions of its own, so that no locks pile up; the account loses its name last.
    """
    with transaction.atomic():
        found = ErasureRequest.objects.select_for_update(of=("self",), no_key=True)
        request = found.filter(pk=request_id, due_at__lte=timezone.now()).first()
        if request is None or request.state not in {
            ErasureRequest.State.WAITING,
            ErasureRequest.State.RUNNING,
        }:
            return False
        user = User.objects.get(pk=request.user_id)
        if user.is_active:
            try:
                _check_not_last_admin(user)
            except LastAdmin:
                request.state, request.ended_at = ErasureRequest.State.CANCELED, timezone.now()
                request.save(update_fields=["state", "ended_at"])
                logger.warning("erasure_refused", why="last admin")
                return False
        request.state = ErasureRequest.State.RUNNING
        request.save(update_fields=["state"])
        set_active(user=user, active=False, actor=None, reason=ERASED)
        User.objects.filter(pk=user.pk).update(inactive_reason=ERASED)
    for holder in personal.holders():
        holder.erase(user)
    with transaction.atomic():
        ErasureRequest.objects.filter(pk=request.pk).update(
            state=ErasureRequest.State.DONE, ended_at=timezone.now()
        )
        _record("personal.erase", user, None, after={"asked_by": request.asked_by_id})
    return True


def _open(user: User) -> Any:
    return ErasureRequest.objects.filter(
        user=user, state__in=[ErasureRequest.State.WAITING, ErasureRequest.State.RUNNING]
    )


def _check_not_last_admin(user: User) -> None:
    """Raise ``LastAdmin`` if nobody else is one. The group's row is locked: of two who go at once, one."""
    list(Group.objects.select_for_update().filter(name=Role.ADMIN.value).values_list("pk"))
    admins = User.objects.filter(
        Q(is_superuser=True) | Q(groups__name=Role.ADMIN.value), is_active=True
    )
    if admins.filter(pk=user.pk).exists() and not admins.exclude(pk=user.pk).exists():
        raise LastAdmin


def _record(action: str, user: User, actor: User | None, **facts: Any) -> None:
    audit.record(action=action, instance=user, actor=actor, label=f"#{user.pk}", **facts)
