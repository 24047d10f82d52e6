"""The Wagtail admin of rows that services alone write: admins read them and their history, within reach."""

from typing import Any

from wagtail.admin.views.generic.history import HistoryView

from campus.institutions.scope import administers, within_scope
from portal.permissions import ADMIN_SITE
from portal.wagtail_hooks import AdminsRead


class ReadHistoryView(HistoryView):
    """What the log says of one row: for those who may read it, as nobody may change it."""

    policy = ADMIN_SITE
    any_permission_required = ["view"]


class AdminsReadTheirs(AdminsRead):
    """Reading, for admins within their reach; writing is the services'."""

    def user_has_permission_for_instance(self, user: Any, action: str, instance: Any) -> bool:
        """About one row: of their institutions."""
        return self.user_has_permission(user, action) and bool(administers(user, instance))

    def instances_user_has_any_permission_for(self, user: Any, actions: Any) -> Any:
        """The rows of their institutions."""
        found = super().instances_user_has_any_permission_for(user, actions)
        return within_scope(found, user)
