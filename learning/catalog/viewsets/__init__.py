"""The viewsets of the catalog in the Wagtail admin, by noun."""
