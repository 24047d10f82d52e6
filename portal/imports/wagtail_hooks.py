"""Imports in the Wagtail admin."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import hooks

from portal.imports.viewsets import NAME, ImportViewSet


@hooks.register("register_admin_viewset")
def register_imports() -> ImportViewSet:
    """The list and what hangs below it."""
    return ImportViewSet(NAME)


@hooks.register("register_log_actions")
def register_log_actions(actions: Any) -> None:
    """What the log says of imports."""
    actions.register_action("imports.upload", _("Upload"), _("Uploaded"))
    actions.register_action("imports.apply", _("Apply"), _("Applied"))
    actions.register_action("imports.discard", _("Discard"), _("Discarded"))
