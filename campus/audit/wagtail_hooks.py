"""The log in the admin's menu, for those who may read it."""

from typing import Any

from django.http import HttpRequest
from wagtail import hooks

from campus.audit.rules import READ


@hooks.register("construct_reports_menu")
def hide_the_log(request: HttpRequest, items: list[Any]) -> None:
    """Take the entry out for everybody else: it would lead to a refusal."""
    if not request.user.has_perm(READ):
        items[:] = [item for item in items if item.name != "site-history"]
