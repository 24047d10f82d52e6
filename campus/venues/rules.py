"""Whose buildings and halls are: those of their institution."""

from campus.institutions.scope import register_path
from campus.venues.models import Building, Closure, Hall

register_path(Building, "institution")
register_path(Hall, "building__institution")
register_path(Closure, "building__institution")
