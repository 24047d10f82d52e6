"""Addresses of the OpenID provider; allauth's names, which it looks up itself."""

from django.urls import URLPattern, URLResolver, include, path

from campus.accounts.openid import views

app_name = "idp"

_oidc: list[URLPattern | URLResolver] = [
    path(
        ".well-known/openid-configuration", views.ConfigurationView.as_view(), name="configuration"
    ),
    path(".well-known/jwks.json", views.JwksView.as_view(), name="jwks"),
    path("identity/o/authorize", views.AuthorizationView.as_view(), name="authorization"),
    path("identity/o/logout", views.LogoutView.as_view(), name="logout"),
    path("identity/o/api/token", views.TokenView.as_view(), name="token"),
    path("identity/o/api/revoke", views.RevokeView.as_view(), name="revoke"),
    path("identity/o/api/userinfo", views.UserInfoView.as_view(), name="userinfo"),
]
urlpatterns: list[URLPattern | URLResolver] = [path("", include((_oidc, "oidc")))]
