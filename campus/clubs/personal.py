"""What this app holds on a person (P9): the clubs they belong to or lead."""

from django.db.models import Q

from campus.accounts.models import User
from campus.clubs.models import Club, ClubMember
from portal import personal


def export(user: User) -> personal.Rows:
    """Memberships, the first ones first; then what the person leads."""
    rows = ClubMember.objects.filter(user=user).select_related("club", "role").order_by("since")
    members: personal.Rows = [
        {
            "club": row.club.name,
            "state": str(row.state),
            "role": row.role.name if row.role else "",
            "since": row.since,
        }
        for row in rows
    ]
    led = Club.objects.filter(Q(head=user) | Q(coordinator__user=user)).order_by("name")
    return members + [
        {
            "club": club.name,
            "state": str(club.state),
            "role": "head" if club.head_id == user.pk else "coordinator",
            "since": None,
        }
        for club in led
    ]


def erase(user: User) -> None:
    """None any more; a coordinator's staff profile is the affair of people."""
    ClubMember.objects.filter(user=user).delete()
    Club.objects.filter(head=user).update(head=None)


def register() -> None:
    """Register it."""
    personal.register("clubs", export, erase, ["clubs.ClubMember", "clubs.Club"])
