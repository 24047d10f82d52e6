"""Every write to institutions, their parts and their administrators."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext_lazy as _

from campus.accounts import services as accounts
from campus.accounts.models import User
from campus.institutions import rules
from campus.institutions.errors import AlreadyAdministrator, OwnRole, StillInUse
from campus.institutions.models import (
    Department,
    Faculty,
    Institution,
    InstitutionAdministrator,
)
from campus.institutions.scope import administers, forget, institutions_of, is_limited
from portal.audit import record
from portal.errors import InvalidInput, NotAllowed
from portal.pagecache import touch
from portal.roles import Role

M = TypeVar("M", Institution, Faculty, Department)
PUBLIC_PAGES = "institutions"
"""Tag of the public pages that show institutions and their parts."""


def _require(actor: Any, permission: str, thing: models.Model | None = None) -> None:
    """Raise NotAllowed unless ``actor`` (None: the system itself) holds ``permission`` for ``thing``."""
    if actor is not None and not actor.has_perm(permission, thing):
        raise NotAllowed


def write_institution(
    *, actor: Any, changes: Mapping[str, Any], institution: Institution | None = None
) -> Institution:
    """Found an institution (admins of the portal), or correct one (its admins).

    Raises NotAllowed, ``InvalidInput`` for a slug that another has, and ValidationError.
    """
    if institution is None:
        _require(actor, rules.FOUND)
    else:
        _require(actor, rules.MANAGE, institution)
    return _write(institution or Institution(), changes, actor)


def write_faculty(
    *, actor: Any, changes: Mapping[str, Any], faculty: Faculty | None = None
) -> Faculty:
    """Make a faculty, or correct one; both institutions must be the actor's.

    Raises NotAllowed, ``InvalidInput`` for a code that is taken, and where departments would be left in
    another institution.
    """
    _require_both(actor, faculty, changes)
    place = changes.get("institution")
    moves = faculty is not None and place is not None and place.pk != faculty.institution_id
    if moves and Department.objects.filter(faculty=faculty).exists():
        raise InvalidInput(_("Its departments are of another institution."), param="institution")
    return _write(faculty or Faculty(), changes, actor)


def write_department(
    *, actor: Any, changes: Mapping[str, Any], department: Department | None = None
) -> Department:
    """Make a department, or correct one; both institutions must be the actor's.

    Raises NotAllowed, and ``InvalidInput`` for a code that is taken or a faculty of another institution.
    """
    _require_both(actor, department, changes)
    held = department or Department()
    faculty = changes.get("faculty", held.faculty)
    place = changes.get("institution") or held.institution
    if faculty is not None and faculty.institution_id != place.pk:
        raise InvalidInput(_("This belongs to another institution."), param="faculty")
    return _write(held, changes, actor)


def _require_both(
    actor: Any, held: Faculty | Department | None, changes: Mapping[str, Any]
) -> None:
    if held is not None:
        _require(actor, rules.MANAGE, held)
    if held is None or "institution" in changes:
        _require(actor, rules.MANAGE, changes["institution"])


def _write(thing: M, changes: Mapping[str, Any], actor: Any) -> M:
    """Lock, store what differs and log it; nothing is written or logged where nothing differs."""
    is_new = thing._state.adding
    with transaction.atomic():
        row = thing
        if not is_new:
            row = type(thing)._default_manager.select_for_update(no_key=True).get(pk=thing.pk)
        before = {
            name: None if is_new else _plain(getattr(row, name))
            for name, value in changes.items()
            if is_new or getattr(row, name) != value
        }
        if not before:
            return thing
        for target in {id(one): one for one in (row, thing)}.values():
            for name in before:
                setattr(target, name, changes[name])
        _check(row)
        row.save(force_insert=is_new)
        record(
            action="wagtail.create" if is_new else "wagtail.edit",
            instance=row,
            actor=actor,
            before={} if is_new else before,
            after={name: _plain(changes[name]) for name in before},
        )
        touch(PUBLIC_PAGES, "courses")
    return thing


def _check(row: models.Model) -> None:
    """Raise InvalidInput for what the model refuses, with its field."""
    try:
        row.full_clean()
    except ValidationError as error:
        found = error.error_dict
        name = next(iter(found))
        first = found[name][0]
        # What two rows must not share is told of the whole row.
        shared = "slug" if first.code == "slug_taken" else "code"
        param = shared if name == "__all__" else name
        raise InvalidInput(first.messages[0], param=param) from None


def _plain(value: Any) -> Any:
    """A value as the log keeps it."""
    return value.pk if isinstance(value, models.Model) else value


def delete_part(*, part: Institution | Faculty | Department, actor: Any) -> None:
    """Take one away that nothing belongs to. Raises NotAllowed and :class:`StillInUse`."""
    _require(actor, rules.FOUND if isinstance(part, Institution) else rules.MANAGE, part)
    try:
        with transaction.atomic():
            record(action="wagtail.delete", instance=part, actor=actor)
            part.delete()
            touch(PUBLIC_PAGES, "courses")
    except (ProtectedError, RestrictedError):
        raise StillInUse from None


# --- administrators -----------------------------------------------------------------------------


def appoint_administrator(
    *, institution: Institution, user: User, actor: Any
) -> InstitutionAdministrator:
    """Make ``user`` an admin of ``institution``: the row first, then the role.

    An admin of the whole portal who is appointed manages that institution alone from then on. Raises
    NotAllowed where the institution or the account is out of the actor's reach,
    :class:`AlreadyAdministrator`, and :class:`OwnRole` for oneself.
    """
    _require(actor, rules.MANAGE, institution)
    if actor is not None and actor.pk == user.pk:
        raise OwnRole
    if is_limited(actor) and not administers(actor, user) and not _is_blank(user):
        raise NotAllowed(param="user")
    with transaction.atomic():
        locked = User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
        try:
            with transaction.atomic():
                row = InstitutionAdministrator.objects.create(institution=institution, user=locked)
        except IntegrityError:
            raise AlreadyAdministrator(param="user") from None
        forget(locked)
        accounts.set_roles(user=locked, roles={*locked.roles, Role.ADMIN}, actor=actor)
        record(
            action="institutions.appoint",
            instance=row,
            actor=actor,
            after={"institution": institution.pk, "user": user.pk},
            label=_label(row),
        )
    forget(user)
    return row


def dismiss_administrator(*, row: InstitutionAdministrator, actor: Any) -> None:
    """End what an administrator's row gives. With the last row goes the role.

    Without that, who managed one institution would manage the whole portal. Raises NotAllowed out of
    reach, and :class:`OwnRole` for oneself.
    """
    _require(actor, rules.MANAGE, row)
    if actor is not None and actor.pk == row.user_id:
        raise OwnRole
    with transaction.atomic():
        user = User.objects.select_for_update(of=("self",), no_key=True).get(pk=row.user_id)
        record(
            action="institutions.dismiss",
            instance=row,
            actor=actor,
            before={"institution": row.institution_id, "user": row.user_id},
            label=_label(row),
        )
        left = InstitutionAdministrator.objects.filter(user=user).exclude(pk=row.pk)
        if not left.exists() and not user.is_superuser:
            # Before the row goes: an account without any is not the actor's to change.
            accounts.set_roles(
                user=user, roles=user.roles - {Role.ADMIN}, actor=_of_reach(actor, user)
            )
        row.delete()
        accounts.end_sessions(user=user)


def _of_reach(actor: Any, user: User) -> Any:
    """Who takes the role away: the actor, or the system where the account is more than theirs."""
    return actor if not is_limited(actor) or administers(actor, user) else None


def _is_blank(user: User) -> bool:
    """Whether an account can do nothing yet and belongs nowhere: one that is being made."""
    return not user.is_superuser and not user.groups.exists() and not institutions_of(user)


def _label(row: InstitutionAdministrator) -> str:
    """The label in the log names the account by number: it must outlive the name."""
    return f"{row.institution} · #{row.user_id}"
