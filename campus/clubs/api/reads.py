"""What several addresses of clubs read in one way."""

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from rest_framework.exceptions import PermissionDenied

from campus.clubs.models import Club, ClubMember


def clubs_told(rows: "QuerySet[Club]") -> "QuerySet[Club]":
    """With what is told of each: one query."""
    return (
        Club.objects.filter(pk__in=rows.values("pk"))
        .select_related("coordinator", "head")
        .with_member_count()
    )


def members_told(rows: "QuerySet[ClubMember]") -> "QuerySet[ClubMember]":
    return rows.select_related("club", "user", "role")


def seen_club(user: Any, club_id: uuid.UUID, permission: str) -> Club:
    """The club, if ``user`` sees it (else 404) and may do this there (else 403)."""
    found = Club.objects.visible_to(user).filter(pk=club_id).first()
    if found is None:
        raise Http404
    if not user.has_perm(permission, found):
        raise PermissionDenied
    return found
