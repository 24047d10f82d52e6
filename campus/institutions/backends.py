"""What the group of admins allows, an admin of institutions has only where it can be cut to their reach."""

import functools
from typing import Any

import rules
from django.core.exceptions import PermissionDenied
from django.db import models

from campus.accounts.rules import is_admin
from campus.institutions.scope import bonds, is_limited

ADMIN_ACCESS = "wagtailadmin.access_admin"
NEVER = frozenset({"accounts.delete_user"})  # an account is the portal's; theirs is to disable it


class ReachBackend:
    """Refuses, before other backends are asked, what would reach beyond the institutions of an admin.

    Permissions of ``rules`` have predicates that ask for the reach themselves. Those of models are held
    through the group of admins; they stay where the model is bound to institutions, since lists, forms
    and policies are then cut, and fall for all else: sites, groups, jobs, settings.
    """

    def authenticate(self, *args: Any, **kwargs: Any) -> None:
        """Nobody signs in by this."""

    def has_perm(self, user_obj: Any, perm: str, obj: models.Model | None = None) -> bool:
        """Never grants; raises PermissionDenied, which ends the asking."""
        if perm == ADMIN_ACCESS or not is_admin(user_obj) or rules.perm_exists(perm):
            return False
        if (perm in NEVER or perm not in _of(bonds())) and is_limited(user_obj):
            raise PermissionDenied
        return False


@functools.lru_cache(maxsize=2)  # a page of the admin asks some hundred times
def _of(models_: frozenset[type[models.Model]]) -> frozenset[str]:
    """The permissions of models."""
    return frozenset(
        f"{model._meta.app_label}.{action}_{model._meta.model_name}"
        for model in models_
        for action in ("view", "add", "change", "delete")
    )
