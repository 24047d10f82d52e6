"""What this app itself holds on a person."""

from campus.accounts.models import User
from campus.personal.models import DataExport, ErasureRequest
from portal import personal


def export(user: User) -> personal.Rows:
    """Downloads and wishes to be erased."""
    return [
        *(
            {"kind": "download", "state": str(one.state), "since": one.created_at}
            for one in DataExport.objects.filter(user=user)
        ),
        *(
            {"kind": "erasure", "state": str(one.state), "since": one.created_at}
            for one in ErasureRequest.objects.filter(user=user)
        ),
    ]


def erase(user: User) -> None:
    """Delete downloads with their files; that an erasure was asked stays, and by whom."""
    for one in DataExport.objects.filter(user=user):
        if one.file:
            one.file.delete(save=False)
        one.delete()


def register() -> None:
    """Register this app."""
    personal.register(
        "requests",
        export,
        erase,
        ["personal.DataExport", "personal.ErasureRequest"],
        order=personal.LATE,
    )
