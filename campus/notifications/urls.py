"""Addresses of the pages of this app."""

from django.urls import URLPattern, URLResolver, path

from campus.notifications import views

app_name = "notifications"

urlpatterns: list[URLPattern | URLResolver] = [
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/menu/", views.menu, name="menu"),
    path("inbox/read-all/", views.read_all, name="read_all"),
    path("inbox/preferences/", views.choices, name="preferences"),
    path("inbox/unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
    path("inbox/<uuid:notification_id>/read/", views.read, name="read"),
    path("inbox/<uuid:notification_id>/action/", views.action, name="action"),
]
