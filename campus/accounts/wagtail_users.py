"""Users in the Wagtail admin: forms for a user without a user name, every write through our services.

``UsersConfig`` stands in ``INSTALLED_APPS`` in the place of ``wagtail.users``.
"""

from wagtail.users.apps import WagtailUsersAppConfig


class UsersConfig(WagtailUsersAppConfig):
    """Wagtail's users with our viewset."""

    # Bound to institutions, which stand above accounts.
    user_viewset = "campus.people.user_viewsets.UserViewSet"
