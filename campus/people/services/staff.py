"""Staff as an admin gives them."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _

from campus.accounts.reach import require_reach
from campus.institutions.errors import StillInUse
from campus.people import rules
from campus.people.models import StaffProfile
from campus.people.services.locks import as_json
from portal import audit
from portal.constraints import broken_constraint
from portal.errors import InvalidInput, NotAllowed
from portal.pagecache import touch

WRITTEN = frozenset(
    {"institution", "user", "name", "number", "department", "title", "qualifications", "is_listed"}
    | {"left_on"}
)


def write_staff(
    *, actor: Any, changes: Mapping[str, Any], staff: StaffProfile | None = None
) -> StaffProfile:
    """Add one of the staff, or correct one; nothing is written or logged where nothing differs.

    Raises NotAllowed outside of the actor's reach (the profile as it was, as it will be, and the account
    that is bound to it), ``InvalidInput`` for a number or an account that another has, and for a
    department of another institution.
    """
    unknown = set(changes) - WRITTEN
    if unknown:
        raise InvalidInput(param=sorted(unknown)[0])
    changes = {**changes, **({"number": changes["number"] or None} if "number" in changes else {})}
    with transaction.atomic():
        if staff is None:
            row = StaffProfile()
        else:
            row = StaffProfile.objects.select_for_update(no_key=True, of=("self",)).get(pk=staff.pk)
            _require(actor, row)
        is_new = staff is None
        before = {
            name: None if is_new else as_json(getattr(row, name))
            for name, value in changes.items()
            if is_new or getattr(row, name) != value
        }
        if not before:
            return row
        for name in before:
            setattr(row, name, changes[name])
        _require(actor, row)
        if "user" in before and row.user is not None:
            require_reach(actor, row.user)  # else an account is taken over by binding it
        if row.department is not None and row.department.institution_id != row.institution_id:
            raise InvalidInput(_("This belongs to another institution."), param="department")
        _save(row)
        audit.record(
            action="people.add_staff" if is_new else "people.change_staff",
            instance=row,
            actor=actor,
            before={} if is_new else before,
            after={name: as_json(changes[name]) for name in before},
            label=f"#{row.pk}",
        )
        touch("institutions", "courses")
    return row


def _save(row: StaffProfile) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        broken = broken_constraint(error) or ""
        if broken == "people_staff_number_once":
            raise InvalidInput(_("This number is taken."), param="number") from None
        if "user_id" in broken:
            raise InvalidInput(_("This account has a profile already."), param="user") from None
        raise


def _require(actor: Any, staff: StaffProfile) -> None:
    if actor is not None and not actor.has_perm(rules.MANAGE_STAFF, staff):
        raise NotAllowed


def delete_staff(*, staff: StaffProfile, actor: Any) -> None:
    """Take one of the staff away. Raises NotAllowed, and StillInUse where something names them."""
    _require(actor, staff)
    try:
        with transaction.atomic():
            audit.record(
                action="people.remove_staff", instance=staff, actor=actor, label=f"#{staff.pk}"
            )
            staff.delete()
            touch("institutions", "courses")
    except ProtectedError:
        raise StillInUse from None
