"""Addresses of the pages of this app."""

from django.urls import URLPattern, URLResolver, path

from campus.clubs import views

app_name = "clubs"

urlpatterns: list[URLPattern | URLResolver] = [
    path("clubs/", views.clubs, name="clubs"),
    path("clubs/<slug:slug>/", views.club, name="club"),
    path("clubs/<slug:slug>/members/", views.members, name="members"),
    path(
        "clubs/<slug:slug>/members/<uuid:member_id>/<slug:deed>/",
        views.change_member,
        name="change_member",
    ),
    path("clubs/<slug:slug>/join/", views.join, name="join"),
    path("clubs/<slug:slug>/leave/", views.leave, name="leave"),
]
