"""Addresses of the pages of this app."""

from django.urls import URLPattern, URLResolver, path

from campus.certificates import views

app_name = "certificates"

urlpatterns: list[URLPattern | URLResolver] = [
    path("certificates/", views.mine, name="mine"),
    path("certificates/<uuid:certificate_id>/", views.certificate, name="certificate"),
    path("certificates/<uuid:certificate_id>/pdf/", views.pdf, name="pdf"),
    path("certificates/<uuid:certificate_id>/badge/", views.badge, name="badge"),
    path("certificates/verify/", views.verify_any, name="verify_any"),
    path("certificates/verify/<str:key>/", views.verify, name="verify"),
]
