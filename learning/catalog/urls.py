"""Addresses of the pages of this app."""

from django.urls import URLPattern, URLResolver, path

from learning.catalog import views

app_name = "catalog"

urlpatterns: list[URLPattern | URLResolver] = [
    path("courses/", views.courses, name="courses"),
    path("courses/<slug:slug>/", views.course, name="course"),
    path("contents/<int:pk>/", views.content, name="content"),
    path("contents/<int:pk>/file/", views.content_file, name="content_file"),
    path("resources/<int:pk>/file/", views.resource_file, name="resource_file"),
]
