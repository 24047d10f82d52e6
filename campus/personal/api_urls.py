"""Addresses of the API of this app."""

from django.urls import URLPattern, URLResolver, path

from campus.personal import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("profile/export/", api.ExportView.as_view(), name="profile-export"),
    path(
        "profile/export/<uuid:export_id>/file/",
        api.ExportFileView.as_view(),
        name="profile-export-file",
    ),
    path("profile/erasure/", api.ErasureView.as_view(), name="profile-erasure"),
    path("admin/users/<int:pk>/erase/", api.EraseUserView.as_view(), name="admin-user-erase"),
]
