"""Addresses of the pages of this app."""

from django.urls import URLPattern, URLResolver, path

from campus.points import views

app_name = "points"

urlpatterns: list[URLPattern | URLResolver] = [
    path("points/", views.mine, name="mine"),
    path("points/students/<uuid:student_id>/", views.of_student, name="of_student"),
    path("points/deciding/", views.deciding, name="deciding"),
    path("points/deciding/decide/", views.decide, name="decide"),
    path("points/<uuid:transaction_id>/evidence/", views.evidence, name="evidence"),
]
