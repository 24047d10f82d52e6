"""Addresses of the API of this app, and of the profile, whose common part is the accounts'."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from campus.accounts.profile_api import IdentityNumberView, ProfileView
from campus.people import page_data
from campus.people.admin_users_api import AdminUserViewSet, BulkCreateView
from campus.people.api import StaffProfileView, StudentProfileView
from campus.people.children_api import ChildViewSet, ClaimView
from campus.people.staff_api import StaffViewSet
from campus.people.students_api import AdminMenteesViewSet, MentorViewSet, StudentViewSet

__all__ = ["page_data", "urlpatterns"]  # importing ``page_data`` registers what pages tell (F3)

router = SimpleRouter()
router.register("profile/children", ChildViewSet, basename="child")
router.register("students", StudentViewSet, basename="student")
router.register("mentors", MentorViewSet, basename="mentor")
router.register("staff", StaffViewSet, basename="staff")

users = SimpleRouter(use_regex_path=False)
users.register("admin/users", AdminUserViewSet, basename="admin-user")

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/users/bulk-create/", BulkCreateView.as_view(), name="admin-users-bulk-create"),
    *users.urls,
    path("profile/", ProfileView.as_view(), name="profile"),
    path(
        "profile/identity-number/",
        IdentityNumberView.as_view(),
        name="profile-identity-number",
    ),
    path("profile/student/", StudentProfileView.as_view(), name="profile-student"),
    path("profile/claim/", ClaimView.as_view(), name="profile-claim"),
    path("profile/staff/", StaffProfileView.as_view(), name="profile-staff"),
    path("admin/mentees/", AdminMenteesViewSet.as_view({"get": "list"}), name="admin-mentees"),
    path(
        "admin/mentees/bulk-assign/",
        AdminMenteesViewSet.as_view({"post": "bulk_assign"}),
        name="admin-mentees-bulk-assign",
    ),
    *router.urls,
]
