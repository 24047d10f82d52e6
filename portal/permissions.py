"""The one permission registry: every route, page and socket says who may use it.

A *policy* stands on the thing itself: ``policy`` on a view, viewset or consumer, or
``@declare(...)`` around a function. A viewset may give one per action by a mapping. What has none is
refused at run time and fails ``tests/security/test_policies.py``.

What someone may not *see* is left out by the query (``visible_to``), and so answers 404; what they
may see but not *do* is a policy's refusal: 403, or 401 without a sign-in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

holders_of_accounts: list[Callable[[Any], object | None]] = []
"""What says why a user may not go on; ``holds`` puts itself here."""


@dataclass(frozen=True)
class Policy:
    """Who may use a route: everyone, whoever is signed in, or whoever holds a permission.

    ``permission`` is the name of a permission of the ``rules`` library (``catalog.view_section``);
    it is asked without an object at the door, and with the object when the view fetches one.
    ``even_held`` opens it to accounts that are held (see ``holds``).
    """

    name: str
    signed_in: bool = True
    permission: str | None = None
    even_held: bool = False

    def admits(self, user: Any, obj: object | None = None) -> bool:
        """Whether ``user`` passes, for ``obj`` if one is given."""
        if not self.signed_in:
            return True
        if not (user and user.is_authenticated and user.is_active):
            return False
        if not self.even_held and any(hold_on(user) for hold_on in holders_of_accounts):
            return False
        return self.permission is None or user.has_perm(self.permission, obj)


PUBLIC = Policy("public", signed_in=False)
SIGNED_IN = Policy("signed in")
SIGNED_IN_EVEN_HELD = Policy("signed in, even if held", even_held=True)
PUBLIC_EVEN_HELD = Policy("public, even to the held", signed_in=False, even_held=True)


def signed_in(request: Any) -> Any:
    """The account behind ``request``, where its policy has already asked for a sign-in.

    Types cannot know that the policy did; this says it once. Raises TypeError where it did not.
    """
    if not request.user.is_authenticated:
        raise TypeError("signed_in() needs a policy that asks for a sign-in")
    return request.user


def requires(permission: str) -> Policy:
    """The policy of those who hold ``permission`` (a name known to ``rules``)."""
    return Policy(permission, permission=permission)


# A page of the Wagtail admin, whose own permissions on its model decide the rest.
ADMIN_SITE = requires("wagtailadmin.access_admin")

Policies = Policy | Mapping[str, Policy]


def declare(policy: Policies) -> Callable[[T], T]:
    """Put a policy on a view function or class."""

    def put(view: T) -> T:
        view.policy = policy  # type: ignore[attr-defined]
        return view

    return put


def policy_of(view: Any, action: str | None = None) -> Policy | None:
    """The policy that holds for ``view`` (and ``action``), or None where none is declared."""
    policy = getattr(view, "policy", None)
    if isinstance(policy, Mapping):
        return policy.get(action or "")
    return policy
