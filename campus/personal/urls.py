"""Addresses of the pages of this app."""

from django.urls import URLPattern, URLResolver, path

from campus.personal import views

app_name = "personal"

urlpatterns: list[URLPattern | URLResolver] = [
    path("profile/data/", views.DataView.as_view(), name="data"),
    path("profile/data/<uuid:export_id>/", views.archive, name="archive"),
    path("profile/erasure/", views.ErasureView.as_view(), name="erasure"),
]
