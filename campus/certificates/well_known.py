"""Addresses at which verifiers of badges ask (C4); they have no language."""

from django.urls import URLPattern, URLResolver, path

from campus.certificates import views

app_name = "badges"

urlpatterns: list[URLPattern | URLResolver] = [
    path(".well-known/badges/jwks.json", views.badge_keys, name="keys"),
    path(".well-known/badges/keys/<str:kid>/", views.badge_key, name="key"),
    path(".well-known/badges/issuers/<int:institution_id>/", views.badge_issuer, name="issuer"),
    path(
        ".well-known/badges/revoked/<int:institution_id>/", views.badge_revocations, name="revoked"
    ),
]
