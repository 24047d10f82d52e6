"""What the rooms above add to the catalog, which may not import them.

``grants_access`` says who else may open a course's contents (L2): those who are enrolled.
``adds_to_course_page`` puts what a reader has to do with a course beside it. Both are registered in
``AppConfig.ready`` and asked in the order of registration.
"""

from collections.abc import Callable
from typing import Any

Grant = Callable[[Any, int], bool]
Addition = Callable[[Any, list[Any], Any], dict[str, Any]]

_grants: list[Grant] = []
_additions: list[Addition] = []


def grants_access(grant: Grant) -> Grant:
    """Register ``grant(user, course_id)``: whether the signed-in user may open the contents now.

    It is asked at every access, so that a right that ends (a drop, an expiry) ends at once.
    """
    if grant not in _grants:
        _grants.append(grant)
    return grant


def has_grant(user: Any, course_id: int) -> bool:
    """Whether anyone grants ``user`` the contents of the course."""
    return any(grant(user, course_id) for grant in _grants)


def adds_to_course_page(addition: Addition) -> Addition:
    """Register ``addition(course, sections, user)``: more for the context of a course's page.

    It may also set attributes on the sections (``held``, ``asked``, ``waiting``), which the templates
    of a section read.
    """
    if addition not in _additions:
        _additions.append(addition)
    return addition


def additions(course: Any, sections: list[Any], user: Any) -> dict[str, Any]:
    """All that was registered for the page of ``course`` as ``user`` sees it."""
    context: dict[str, Any] = {}
    for addition in _additions:
        context |= addition(course, sections, user)
    return context
