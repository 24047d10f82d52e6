"""Every address of the URL map as the access table writes it."""

import re
from typing import Any, NamedTuple

from django.contrib.admindocs.views import simplify_regex

from tests.security.test_policies import Route, routes, third_party

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_ARGUMENT = re.compile(r"<[^>]*>|\{[^}]*\}")


class Address(NamedTuple):
    """A route of ours: its address with ``{}`` for each argument, and how it says its methods."""

    path: str
    route: Route

    @property
    def methods(self) -> frozenset[str] | None:
        """The methods that the view has; None where only the view itself knows (a function)."""
        actions = getattr(self.route.view, "actions", None)
        if actions:
            return frozenset(name.upper() for name in actions) & frozenset(METHODS)
        if isinstance(self.route.owner, type):
            named = getattr(self.route.owner, "http_method_names", [])
            found = {name.upper() for name in named if hasattr(self.route.owner, name)}
            # A form's page takes PUT for POST; the table says it once.
            return frozenset(found) & ({*METHODS} - ({"PUT"} if "POST" in found else set()))
        return None


def bare(path: str) -> str:
    """An address with ``{}`` in the place of each argument, whatever it is called."""
    return _ARGUMENT.sub("{}", path)


def addresses() -> list[Address]:
    """Our own addresses; what other packages bring is named in ``THIRD_PARTY``, with its guard."""
    return [Address(path_of(route), route) for route in routes() if third_party(route) is None]


def path_of(route: Route) -> str:
    """The route's address as the table writes it; pages in English, which stands for each language."""
    return bare(simplify_regex(route.address.replace("{lang}", "en")).lstrip("/"))


def rooms() -> dict[str, list[Address]]:
    """The admin's rooms: all that stands below ``admin/<room>/``, where that shows a model of ours."""
    there = [Address(path_of(route), route) for route in routes()]
    there = [address for address in there if address.path.startswith("admin/")]
    names = dict.fromkeys(
        "/".join(address.path.split("/")[:2]) + "/"
        for address in there
        if _is_ours(model_of(address.route))
    )
    return {name: [found for found in there if found.path.startswith(name)] for name in names}


def model_of(route: Route) -> Any:
    """The model that a view of the admin is about, if it says so."""
    kwargs = getattr(route.view, "view_initkwargs", {})
    return kwargs.get("model") or getattr(route.owner, "model", None)


def _is_ours(thing: Any) -> bool:
    return str(getattr(thing, "__module__", "")).startswith(
        ("campus.", "learning.", "portal.", "bookings.", "home.")
    )
