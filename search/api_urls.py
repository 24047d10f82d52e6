"""Addresses of the API of this app."""

from django.urls import URLPattern, URLResolver, path

from search.api import SearchView

urlpatterns: list[URLPattern | URLResolver] = [
    path("search/", SearchView.as_view(), name="search"),
]
