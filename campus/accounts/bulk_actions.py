"""What the Wagtail admin does to several users at once, through our services."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from wagtail.users.views.bulk_actions import AssignRoleBulkAction as WagtailAssignRole
from wagtail.users.views.bulk_actions import DeleteBulkAction as WagtailDelete
from wagtail.users.views.bulk_actions import SetActiveStateBulkAction as WagtailSetActiveState

from campus.accounts import services
from campus.accounts.models import User
from campus.accounts.reach import accounts_within, is_limited
from portal.roles import Role


class _WithinReach:
    """Mixed into each action on users: whom the admin does not see or may not change is left out."""

    request: Any

    def get_queryset(self, model: Any, object_ids: Any) -> Any:
        """The chosen accounts that the admin sees."""
        found = super().get_queryset(model, object_ids)  # type: ignore[misc]
        chosen = User.objects.filter(pk__in=[user.pk for user in found])
        return list(accounts_within(chosen, self.request.user))

    def get_all_objects_in_listing_query(self, parent_id: Any) -> Any:
        """All accounts that the admin sees."""
        return accounts_within(User.objects.all(), self.request.user).values_list("pk", flat=True)

    def check_perm(self, obj: User) -> bool:
        """Whether this one may be changed."""
        may = super().check_perm(obj)  # type: ignore[misc]
        return bool(may and self.request.user.has_perm("accounts.manage_users", obj))


class DeleteBulkAction(_WithinReach, WagtailDelete):
    """Wagtail's own, within reach."""


class SetActiveStateBulkAction(_WithinReach, WagtailSetActiveState):
    """Wagtail's own writes the flag alone; this ends sessions and is logged (P3)."""

    @classmethod
    def execute_action(
        cls, objects: Iterable[User], mark_as_active: bool = False, **kwargs: Any
    ) -> tuple[int, int]:
        """Enable or disable each, but never oneself."""
        actor = kwargs.get("user")
        others = [user for user in objects if actor is None or user.pk != actor.pk]
        for user in others:
            services.set_active(user=user, active=mark_as_active, actor=actor)
        return len(others), 0


class AssignRoleBulkAction(_WithinReach, WagtailAssignRole):
    """Wagtail's own adds the group alone; this is logged."""

    def get_execution_context(self) -> dict[str, Any]:
        """With who acts."""
        return {**super().get_execution_context(), "user": self.request.user}

    @classmethod
    def execute_action(
        cls, objects: Iterable[User], role: Any = None, **kwargs: Any
    ) -> tuple[int, int]:
        """Give each the role, or add each to the group that is none."""
        people = list(objects)
        if role is not None and role.name in Role.values:
            for user in people:
                roles = {
                    Role(n) for n in user.groups.values_list("name", flat=True) if n in Role.values
                }
                services.set_roles(
                    user=user, roles={*roles, Role(role.name)}, actor=kwargs.get("user")
                )
        elif role is not None:
            if is_limited(kwargs.get("user")):
                raise PermissionDenied
            role.user_set.add(*people)
        return len(people), 0
