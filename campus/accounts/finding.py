"""Finding accounts among many: what admins type into a search box."""

from allauth.account.models import EmailAddress
from django.db.models import Exists, OuterRef, Q, QuerySet

from campus.accounts.fields import in_e164
from campus.accounts.models import User

SHORTEST = 3


def found_by(text: str) -> Q:
    """The accounts whose name, e-mail or phone holds ``text``.

    On PostgreSQL an index serves each (``accounts_user_part_of_…``), which needs three characters; shorter
    texts are compared with the beginning of the e-mail alone.
    """
    text = text.strip().replace("\0", "")
    if len(text) < SHORTEST:
        return Q(email__startswith=text.lower()) if text else Q()
    number = in_e164(text)
    found = Q(full_name__icontains=text) | Q(email__icontains=text)
    digits = "".join(char for char in text if char.isdigit() or char == "+")
    if number:
        return found | Q(phone=number)
    return found | Q(phone__icontains=digits) if len(digits) >= SHORTEST else found


def of_role(users: "QuerySet[User]", role: str) -> "QuerySet[User]":
    """Those who hold ``role``."""
    held = User.groups.through.objects.filter(user_id=OuterRef("pk"), group__name=role)
    return users.filter(Exists(held))


def verified(users: "QuerySet[User]", value: bool) -> "QuerySet[User]":
    """Those who have proved their e-mail or phone, or have proved neither."""
    proved = EmailAddress.objects.filter(
        user_id=OuterRef("pk"), email=OuterRef("email"), verified=True
    )
    condition = Q(phone_verified=True, phone__isnull=False) | Q(Exists(proved))
    return users.filter(condition if value else ~condition)
