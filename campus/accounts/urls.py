"""Addresses of the pages of this app."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, path

from campus.accounts import views

app_name = "accounts"

urlpatterns: list[URLPattern | URLResolver] = [
    path("profile/", views.ProfileView.as_view(), name="profile"),
    path("profile/identity-number/", views.IdentityNumberView.as_view(), name="identity_number"),
    path(
        "invitation/<str:channel>/<str:uid>/<str:token>/",
        views.accept_invitation,
        name="accept_invitation",
    ),
    path("profile/apps/", views.ConnectedAppsView.as_view(), name="apps"),
    path("two-factor/", views.two_factor, name="two_factor"),
    path("sessions/<int:pk>/end/", views.end_session, name="end_session"),
    path("i18n/setlang/", views.set_language, name="language"),
]
if settings.DEVELOPMENT_INBOX:
    urlpatterns.append(path("dev/inbox/", views.development_inbox, name="dev_inbox"))
