"""What the Wagtail admin does to several users at once, through our services."""

from collections.abc import Iterable
from typing import Any

from wagtail.users.views.bulk_actions import AssignRoleBulkAction as WagtailAssignRole
from wagtail.users.views.bulk_actions import SetActiveStateBulkAction as WagtailSetActiveState

from campus.accounts import services
from campus.accounts.models import User
from portal.roles import Role


class SetActiveStateBulkAction(WagtailSetActiveState):
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


class AssignRoleBulkAction(WagtailAssignRole):
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
            role.user_set.add(*people)
        return len(people), 0
