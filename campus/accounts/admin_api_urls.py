"""Addresses of the admins' API of accounts."""

from django.urls import URLPattern, URLResolver, path

from campus.accounts.approval_api import ApproveView, RefuseView

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/users/<int:pk>/approve/", ApproveView.as_view(), name="admin-user-approve"),
    path("admin/users/<int:pk>/refuse/", RefuseView.as_view(), name="admin-user-refuse"),
]
