"""Addresses of the API of this app, and of the profile, whose common part is the accounts'."""

from django.urls import URLPattern, URLResolver, path

from campus.accounts.profile_api import IdentityNumberView, ProfileView
from campus.people.api import StaffProfileView, StudentProfileView

urlpatterns: list[URLPattern | URLResolver] = [
    path("profile/", ProfileView.as_view(), name="profile"),
    path(
        "profile/identity-number/",
        IdentityNumberView.as_view(),
        name="profile-identity-number",
    ),
    path("profile/student/", StudentProfileView.as_view(), name="profile-student"),
    path("profile/staff/", StaffProfileView.as_view(), name="profile-staff"),
]
