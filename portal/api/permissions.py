"""The policy registry as DRF asks for it (a leaf module: Wagtail's hooks import views early)."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from portal.api.provider_tokens import check_scope
from portal.holds import hold_on
from portal.permissions import Policy, policy_of


class DeclaredPolicy(BasePermission):
    """Admits by the view's declared policy; a view without one admits nobody."""

    def _policy(self, request: Request, view: Any) -> Policy | None:
        return policy_of(view, self._action(request, view))

    def _action(self, request: Request, view: Any) -> str:
        """The viewset's action, or the method in lower case."""
        method = (request.method or "").lower()
        action = getattr(view, "action", None)
        return str(action) if action is not None else "get" if method == "head" else method

    def has_permission(self, request: Request, view: Any) -> bool:
        """Ask the policy of this action, without an object.

        A method that the view does not have passes, so that it is answered by 405 to everyone. Raises
        ``Held`` for an account that may not go on: the answer says why.
        """
        method = (request.method or "").lower()
        if method not in view.http_method_names or not hasattr(view, method):
            return True
        check_scope(request, view, self._action(request, view))
        policy = self._policy(request, view)
        if policy is not None and not policy.even_held and (held := hold_on(request.user)):
            raise held
        return policy is not None and policy.admits(request.user)

    def has_object_permission(self, request: Request, view: Any, obj: Any) -> bool:
        """Ask the policy of this action, about the object."""
        policy = self._policy(request, view)
        return policy is not None and policy.admits(request.user, obj)
