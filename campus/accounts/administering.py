"""What pages offer somebody by their rights, remembered: every page asks it for its menu."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from django.contrib.auth.models import Group
from django.db import connection
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete

from campus.accounts.models import User
from portal.pagecache import remember, touch
from portal.roles import Role

ACCESS = ("wagtailadmin", "access_admin")
# The names of the groups; and a row of its own for who may enter the admin, by a group or in person.
RIGHTS = """
SELECT 1, held.name
  FROM accounts_user_groups link JOIN auth_group held ON held.id = link.group_id
 WHERE link.user_id = %s
UNION ALL
SELECT 0, access.codename
  FROM auth_permission access JOIN django_content_type kind ON kind.id = access.content_type_id
 WHERE kind.app_label = %s AND access.codename = %s AND (
       EXISTS (SELECT 1 FROM accounts_user_user_permissions own
                WHERE own.permission_id = access.id AND own.user_id = %s)
       OR EXISTS (SELECT 1 FROM auth_group_permissions given
                    JOIN accounts_user_groups link ON link.group_id = given.group_id
                   WHERE given.permission_id = access.id AND link.user_id = %s))
"""
GROUPS = "groups"
_BUCKETS = 512


def _tag(pk: Any) -> str:
    """The tag of what a user may do. Users share tags, so that there are never many."""
    return f"rights:{crc32(str(pk).encode()) % _BUCKETS}"


@dataclass(frozen=True)
class ShownRights:
    """What pages offer somebody: by the roles held, and whether the admin's door would open."""

    roles: frozenset[Role] = frozenset()
    administers: bool = False


NOBODY = ShownRights()


def shown_rights(user: Any) -> ShownRights:
    """What is worth *showing* to ``user``; whoever lets somebody do something asks anew.

    One query, once for all until their groups, permissions or those of a group change.
    """
    if user is None or not user.is_authenticated or not user.is_active:
        return NOBODY
    known: ShownRights | None = user.__dict__.get("_shown_rights")
    if known is None:
        pk, all_of_them = user.pk, user.is_superuser
        known = remember(
            ("accounts.shown_rights", pk, all_of_them),
            lambda: _rights_of(pk, all_of_them),
            GROUPS,
            _tag(pk),
        )
        user.__dict__["_shown_rights"] = known  # for this request, where nothing is remembered
    return known


def may_administer(user: Any) -> bool:
    """Whether a link to the admin is worth showing to ``user``."""
    return shown_rights(user).administers


def _rights_of(pk: Any, is_superuser: bool) -> ShownRights:
    with connection.cursor() as cursor:
        cursor.execute(RIGHTS, [pk, *ACCESS, pk, pk])
        rows = cursor.fetchall()
    roles = {Role(name) for is_role, name in rows if is_role and name in Role.values}
    if is_superuser:
        roles.add(Role.ADMIN)
    return ShownRights(frozenset(roles), is_superuser or any(not is_role for is_role, _ in rows))


def rights_changed(pks: Iterable[Any]) -> None:
    """Say that rights were changed past the relation's own signals (by bulk work)."""
    tags = {_tag(pk) for pk in pks}
    if tags:
        touch(*tags)


def _rights_changed(
    sender: Any, instance: Model, reverse: bool, pk_set: set[Any] | None, **kwargs: Any
) -> None:
    """Someone got or lost groups or permissions, from either side of the relation."""
    if not reverse:
        touch(_tag(instance.pk))
    elif pk_set:
        touch(*{_tag(pk) for pk in pk_set})
    else:
        touch(GROUPS)


def _groups_changed(**kwargs: Any) -> None:
    """A group got or lost permissions, or is gone."""
    touch(GROUPS)


def connect() -> None:
    """Listen to what changes the rights of people."""
    for through in (User.groups.through, User.user_permissions.through):
        m2m_changed.connect(
            _rights_changed, sender=through, dispatch_uid=f"administering.{through.__name__}"
        )
    m2m_changed.connect(
        _groups_changed, sender=Group.permissions.through, dispatch_uid="administering.permissions"
    )
    post_delete.connect(_groups_changed, sender=Group, dispatch_uid="administering.group")
