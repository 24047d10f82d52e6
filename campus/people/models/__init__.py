"""Students, staff and who cares for whom; public pages stand in a module of their own."""

from campus.people.models.pages import StaffPage
from campus.people.models.people import (
    Guardianship,
    StaffProfile,
    Student,
    StudentInvitation,
    last_birthday_of_age,
    public_staff,
)

__all__ = [
    "Guardianship",
    "StaffPage",
    "StaffProfile",
    "Student",
    "StudentInvitation",
    "last_birthday_of_age",
    "public_staff",
]
