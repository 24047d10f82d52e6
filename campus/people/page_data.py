"""What the page of a staff member tells headless front ends beside its words (F3)."""

from typing import Any

from rest_framework.request import Request

from campus.people.models import StaffPage
from campus.people.staff_api import StaffSerializer
from portal.api.pages import operational


@operational("people.StaffPage")
def staff_of_page(page: StaffPage, request: Request) -> dict[str, Any]:
    """The member of staff, as their API tells it; null for who is not public."""
    return {"staff": StaffSerializer(page.staff).data if page.is_shown else None}
