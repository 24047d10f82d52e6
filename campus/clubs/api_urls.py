"""Addresses of the API of this app."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from campus.clubs.api.admin import AdminClubViewSet
from campus.clubs.api.clubs import ClubViewSet
from campus.clubs.api.members import ClubMemberViewSet, ClubOrganizerViewSet, ClubRoleViewSet

router = SimpleRouter(use_regex_path=False)
router.register("clubs", ClubViewSet, basename="club")
router.register("admin/clubs", AdminClubViewSet, basename="admin-club")

urlpatterns: list[URLPattern | URLResolver] = [
    *router.urls,
    path("club-organizers/", ClubOrganizerViewSet.as_view({"get": "list"}), name="club-organizers"),
    path(
        "clubs/<uuid:club_id>/members/",
        ClubMemberViewSet.as_view({"get": "list"}),
        name="club-members",
    ),
    *(
        path(
            f"clubs/<uuid:club_id>/members/<uuid:pk>/{word}/",
            ClubMemberViewSet.as_view({"post": word}),
            name=f"club-member-{word}",
        )
        for word in ("accept", "refuse", "remove")
    ),
    path(
        "clubs/<uuid:club_id>/roles/",
        ClubRoleViewSet.as_view({"get": "list", "post": "create"}),
        name="club-roles",
    ),
    path(
        "clubs/<uuid:club_id>/roles/<int:pk>/",
        ClubRoleViewSet.as_view({"patch": "partial_update"}),
        name="club-role",
    ),
]
