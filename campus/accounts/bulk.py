"""Writes to many accounts at once, for imports: a fixed number of statements for each thousand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from campus.accounts import invitations
from campus.accounts.administering import rights_changed
from campus.accounts.models import User
from campus.accounts.signals import names_changed
from portal import audit
from portal.roles import Role

FIELDS = (
    "email",
    "phone",
    "full_name",
    "language",
    "timezone",
    "date_of_birth",
    "gender",
    "second_phone",
)


@dataclass
class Change:
    """What becomes of one account: checked values of ``FIELDS`` and, unless None, exactly these roles.

    ``held`` are the roles as they are; ``before`` and ``after`` are what the log tells.
    """

    user: User
    fields: Mapping[str, Any] = field(default_factory=dict)
    roles: frozenset[Role] | None = None
    held: frozenset[Role] = frozenset()
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)


def invite_many(
    people: Sequence[tuple[Mapping[str, Any], Iterable[Role]]], *, actor: User | None
) -> list[User]:
    """Make accounts without a password, and have each invited to set one (P2).

    Each of ``people`` is the checked values of ``FIELDS`` and the roles. Must run in a transaction; raises
    ``IntegrityError`` if an e-mail or phone was taken meanwhile.
    """
    if not people:
        return []
    users = [User(password=make_password(None), **_stored(fields)) for fields, _roles in people]
    User.objects.bulk_create(users)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, primary=True, verified=False)
        for user in users
        if user.email
    )
    roles = {user.pk: set(roles) for user, (_fields, roles) in zip(users, people, strict=True)}
    _add_groups([(pk, role) for pk, held in roles.items() for role in held])
    audit.record_many(
        action="accounts.invite",
        entries=[
            (user, {"before": {}, "after": {"roles": sorted(roles[user.pk])}}) for user in users
        ],
        actor=actor,
        label=_label,
    )
    invitations.send(users)
    return users


def change_many(changes: Sequence[Change], *, actor: User | None) -> None:
    """Store changed fields and roles of accounts that the caller has locked."""
    if not changes:
        return
    touched: set[str] = set()
    for change in changes:
        for name, value in _stored(change.fields).items():
            setattr(change.user, name, value)
            touched.add(name)
        if "phone" in change.fields:
            change.user.phone_verified = False
            touched.add("phone_verified")
    users = [change.user for change in changes]
    if touched:
        User.objects.bulk_update([c.user for c in changes if c.fields], sorted(touched))
    EmailAddress.objects.bulk_create(
        EmailAddress(user=c.user, email=c.user.email, primary=True, verified=False)
        for c in changes
        if c.fields.get("email")
    )
    _change_roles([change for change in changes if change.roles is not None])
    audit.record_many(
        action="accounts.change_profile",
        entries=[(c.user, {"before": c.before, "after": c.after}) for c in changes],
        actor=actor,
        label=_label,
    )
    renamed = [change.user for change in changes if "full_name" in change.fields]
    if renamed:
        names_changed.send(sender=User, users=renamed)
    rights_changed(user.pk for user in users)


def _change_roles(changes: Sequence[Change]) -> None:
    gone: dict[Role, list[int]] = {}
    new: list[tuple[int, Role]] = []
    for change in changes:
        wanted = change.roles or frozenset()
        for role in change.held - wanted:
            gone.setdefault(role, []).append(change.user.pk)
        new += [(change.user.pk, role) for role in wanted - change.held]
    for role, pks in gone.items():  # as many statements as there are roles, at most
        through = User.groups.through.objects.filter(group__name=role.value, user_id__in=pks)
        through.delete()
    _add_groups(new)


def _add_groups(pairs: Sequence[tuple[int, Role]]) -> None:
    if not pairs:
        return
    names = {role.value for _pk, role in pairs}
    groups = dict(Group.objects.filter(name__in=names).values_list("name", "pk"))
    for name in names - set(groups):
        groups[name] = Group.objects.create(name=name).pk
    through = User.groups.through
    through.objects.bulk_create(
        [through(user_id=pk, group_id=groups[role.value]) for pk, role in pairs],
        ignore_conflicts=True,
    )


def _stored(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the columns hold them: an absent e-mail or phone is NULL."""
    stored = {name: fields[name] for name in FIELDS if name in fields}
    if "email" in stored:
        stored["email"] = stored["email"].lower() if stored["email"] else None
    if "phone" in stored:
        stored["phone"] = stored["phone"] or None
    return stored


def _label(user: User) -> str:
    return f"#{user.pk}"
