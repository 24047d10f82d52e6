"""Addresses of the pages of this app."""

from django.urls import URLPattern, URLResolver, path

from campus.people import public_views, views

app_name = "people"

urlpatterns: list[URLPattern | URLResolver] = [
    path("people/", public_views.people, name="people"),
    path("people/<int:pk>/", public_views.person, name="person_by_number"),
    path("people/<int:pk>-<slug:words>/", public_views.person, name="person"),
    path("children/new/", views.new_child, name="new_child"),
    path("children/<uuid:student_id>/edit/", views.edit_child, name="edit_child"),
    path("children/<uuid:student_id>/invite/", views.invite, name="invite"),
    path("children/<uuid:student_id>/leave/", views.leave, name="leave"),
    path("claim/", views.claim, name="claim"),
]
