"""Whether someone may enter Wagtail's admin, remembered: every page asks it for a link in its menu."""

from collections.abc import Iterable
from typing import Any
from zlib import crc32

from django.contrib.auth.models import Group
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete

from campus.accounts.models import User
from portal.pagecache import remember, touch

ACCESS = "wagtailadmin.access_admin"
GROUPS = "groups"
_BUCKETS = 512


def _tag(pk: Any) -> str:
    """The tag of what a user may do. Users share tags, so that there are never many."""
    return f"rights:{crc32(str(pk).encode()) % _BUCKETS}"


def may_administer(user: Any) -> bool:
    """Whether a link to the admin is worth showing to ``user``; the door itself asks anew.

    Two queries, once for all until their groups, permissions or those of a group change.
    """
    if user is None or not user.is_authenticated or not user.is_active:
        return False
    if user.is_superuser:
        return True
    key = ("accounts.may_administer", user.pk)
    return remember(key, lambda: bool(user.has_perm(ACCESS)), GROUPS, _tag(user.pk))


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
