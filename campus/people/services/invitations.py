"""One-time codes: a child takes over its own account, a second parent joins (P10)."""

import datetime as dt
import secrets
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac

from campus.accounts.fields import in_e164
from campus.accounts.models import User
from campus.accounts.services import set_roles, update_profile
from campus.people import rules
from campus.people.errors import (
    AlreadyStudent,
    HasOwnAccount,
    InvitationInvalid,
    OwnGuardian,
    TooManyTries,
)
from campus.people.models import Guardianship, Student, StudentInvitation
from campus.people.services.children import lock_guardian, store_guardian
from campus.people.services.locks import lock_student, lock_students, require
from campus.people.signals import account_taken_over
from portal import audit
from portal.errors import InvalidInput
from portal.jobs import enqueue
from portal.roles import Role

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 10
"""Ten of 31 signs: 49 bits, which nobody guesses at ``TRIES`` an hour."""
TRIES = 20
INVITATIONS = 20
"""How many codes one account may try, and how many it may send, in an hour."""
SEND = "campus.people.tasks.send_invitation"
_Purpose = StudentInvitation.Purpose


def invite(
    *,
    student: Student,
    actor: User,
    email: str = "",
    phone: str = "",
    purpose: str = _Purpose.TAKE_OVER,
    relationship: str = Guardianship.Relationship.GUARDIAN,
) -> StudentInvitation:
    """Send a code to an e-mail address or a phone; an earlier one of the same purpose ends with it.

    ``purpose`` says what the code does: the student takes over their account, or its owner becomes
    another guardian. A guardian or an admin does this; another's student does not exist for them. The
    code lives ``INVITATION_HOURS``. Raises ``InvalidInput`` where there is no address,
    :class:`HasOwnAccount` where nothing is left to take over, :class:`TooManyTries` for who sends too
    many.
    """
    require(actor, rules.INVITE, student)
    number = in_e164(phone) if phone else None
    if phone and number is None:
        raise InvalidInput(param="phone")
    if bool(email) == bool(number):
        raise InvalidInput(param="email")
    if purpose not in _Purpose.values:
        raise InvalidInput(param="purpose")
    if relationship not in Guardianship.Relationship.values:
        raise InvalidInput(param="relationship")
    _count_an_invitation(actor)
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    now = timezone.now()
    with transaction.atomic():
        locked = lock_student(student.pk)
        if purpose == _Purpose.TAKE_OVER and locked.user_id is not None:
            raise HasOwnAccount
        StudentInvitation.objects.filter(
            StudentInvitation.OPEN, student=locked, purpose=purpose
        ).update(withdrawn_at=now)
        made = StudentInvitation.objects.create(
            student=locked,
            purpose=purpose,
            relationship=relationship if purpose == _Purpose.GUARDIAN else "",
            code_digest=_digest(code),
            sent_to=_recognizable(email or str(number)),
            created_by=actor,
            expires_at=now + dt.timedelta(hours=settings.INVITATION_HOURS),
        )
        audit.record(
            action="people.invite",
            instance=locked,
            actor=actor,
            after={"purpose": purpose, "sent_to": made.sent_to},
            label=locked.number,
        )
        enqueue(
            SEND,
            invitation_id=made.pk,
            language=translation.get_language() or settings.LANGUAGE_CODE,
            secret={"to": email or number, "code": f"{code[:5]}-{code[5:]}"},
        )
    return made


def withdraw_invitations(*, student: Student, purpose: str, actor: User) -> int:
    """End the open codes of one purpose before their time; how many there were."""
    require(actor, rules.INVITE, student)
    with transaction.atomic():
        locked = lock_student(student.pk)
        ended = StudentInvitation.objects.filter(
            StudentInvitation.OPEN, student=locked, purpose=purpose
        ).update(withdrawn_at=timezone.now())
        if ended:
            audit.record(
                action="people.withdraw_invitation",
                instance=locked,
                actor=actor,
                after={"purpose": purpose},
                label=locked.number,
            )
    return ended


def hand_over_account(*, code: str, user: User) -> Student:
    """Do what the code is for, once: ``user`` becomes the student's account, or another guardian.

    The student keeps number and history. Where ``user`` registered as a student and has done nothing
    yet, that empty record gives way; one with courses is refused. Of several who use one code at the
    same moment one gets through: the student's row is locked, and the code is looked at again inside.

    Raises :class:`InvitationInvalid` (no such code, used, withdrawn, too old), :class:`TooManyTries`,
    :class:`OwnGuardian`, :class:`AlreadyStudent`, and what adding a guardian refuses.
    """
    _count_a_try(user)
    digest = _digest(code)
    invitation = _usable(digest)
    if invitation is None:
        raise InvitationInvalid(param="code")
    with transaction.atomic():
        if invitation.purpose == _Purpose.GUARDIAN:
            lock_guardian(user)
        own = Student.objects.filter(user=user).values_list("pk", flat=True).first()
        ids = [invitation.student_id, *([own] if own else [])]
        locked = {student.pk: student for student in lock_students(ids)}
        student = locked[invitation.student_id]
        invitation = _usable(digest)
        if invitation is None:
            raise InvitationInvalid(param="code")
        invitation.used_at, invitation.used_by = timezone.now(), user
        invitation.save(update_fields=["used_at", "used_by"])
        if invitation.purpose == _Purpose.GUARDIAN:
            store_guardian(
                student=student, guardian=user, relationship=invitation.relationship, actor=user
            )
        else:
            _take_over(student, user, locked.get(own) if own else None)
    cache.delete(_tries_key(user))
    return student


def _take_over(student: Student, user: User, own: Student | None) -> None:
    """Make ``user`` the account of ``student``; both rows are locked."""
    if student.user_id is not None:
        raise InvitationInvalid(param="code")
    if Guardianship.objects.filter(student=student, guardian=user).exists():
        raise OwnGuardian
    if own is not None:
        _give_way(own, user)
    student.user = user
    student.save(update_fields=["user"])
    audit.record(
        action="people.hand_over",
        instance=student,
        actor=user,
        before={"user": None},
        after={"user": user.pk},
        label=student.number,
    )
    if not user.has_role(Role.STUDENT):
        set_roles(user=user, roles={*user.roles, Role.STUDENT}, actor=user)
    missing: dict[str, Any] = {}
    if not user.full_name:
        missing["full_name"] = student.name
    if user.date_of_birth is None and student.date_of_birth is not None:
        missing["date_of_birth"] = student.date_of_birth
    if missing:
        update_profile(user=user, changes=missing, actor=user)
    account_taken_over.send(sender=Student, student=student, user=user)


def _give_way(own: Student, user: User) -> None:
    """Take away the record that registering made, if nothing hangs on it: the database knows."""
    if own.mentor_id is not None or own.guardianships.exists():
        raise AlreadyStudent
    audit.record(
        action="people.give_way",
        instance=own,
        actor=user,
        before={"number": own.number, "user": user.pk},
        label=own.number,
    )
    try:
        own.delete()
    except ProtectedError:
        raise AlreadyStudent from None
    user.__dict__.pop("student", None)
    user._state.fields_cache.pop("student", None)


def _usable(digest: str) -> StudentInvitation | None:
    return StudentInvitation.objects.filter(
        StudentInvitation.OPEN, code_digest=digest, expires_at__gt=timezone.now()
    ).first()


def _digest(code: str) -> str:
    """What is kept of a code; however it was typed (spaces, dashes, small letters)."""
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    return salted_hmac("campus.people.invitation", plain, algorithm="sha256").hexdigest()


def _recognizable(address: str) -> str:
    """As much of an address as its owner knows it by: ``l…@example.org``, ``…4000``."""
    name, at, host = address.partition("@")
    return f"{name[:1]}…@{host}"[:80] if at else f"…{address[-4:]}"


def _count_an_invitation(actor: User) -> None:
    hour_ago = timezone.now() - dt.timedelta(hours=1)
    sent = StudentInvitation.objects.filter(created_by=actor, created_at__gt=hour_ago).count()
    if sent >= INVITATIONS:
        raise TooManyTries


def _tries_key(user: User) -> str:
    return f"people:invitation-tries:{user.pk}"


def _count_a_try(user: User) -> None:
    key = _tries_key(user)
    cache.add(key, 0, 3600)
    try:
        tries = cache.incr(key)
    except ValueError:  # it ended between the two
        return
    if tries > TRIES:
        raise TooManyTries
