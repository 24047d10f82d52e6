"""What this app takes from files: users (P11)."""

import datetime as dt
import zoneinfo
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campus.accounts.bulk import FIELDS, Change, change_many, invite_many
from campus.accounts.fields import in_e164
from campus.accounts.models import User
from portal.imports.errors import BadCell
from portal.imports.registry import (
    Column,
    Importer,
    Row,
    Run,
    Table,
    date,
    one_of,
    register,
    some_of,
    text,
)
from portal.roles import Role


def email(cell: str) -> str:
    """An address, in lower case."""
    address = cell.lower()
    try:
        validate_email(address)
    except ValidationError:
        raise BadCell(_("Enter an e-mail address.")) from None
    if len(address) > 254:
        raise BadCell(_("At most %(count)d characters.") % {"count": 254})
    return address


def phone(cell: str) -> str:
    """A number in E.164."""
    number = in_e164(cell)
    if number is None:
        raise BadCell(_("Enter a phone number with its country code, such as +1 217 333 4666."))
    return number


def birthday(cell: str) -> dt.date:
    """A day on which a living person can have been born."""
    day = date(cell)
    if not dt.date(1900, 1, 1) <= day <= timezone.localdate():
        raise BadCell(_("Enter a date of birth that can be."))
    return day


@cache
def _zones() -> dict[str, str]:
    return {name.casefold(): name for name in zoneinfo.available_timezones()}


def zone(cell: str) -> str:
    """A timezone by its name."""
    found = _zones().get(cell.replace(" ", "_").casefold())
    if found is None:
        raise BadCell(_("Enter a timezone such as Asia/Riyadh."))
    return found


USERS = Table(
    (
        Column(
            "email",
            gettext_lazy("E-mail"),
            gettext_lazy("E-mail or phone: one of them is enough."),
            "lina@example.edu",
            unique=True,
            parse=email,
            aliases=("mail", "e-mail address"),
        ),
        Column(
            "phone",
            gettext_lazy("Phone"),
            gettext_lazy("With its country code."),
            "+12173334666",
            unique=True,
            parse=phone,
            aliases=("mobile", "phone number"),
        ),
        Column(
            "full_name",
            gettext_lazy("Full name"),
            example="Lina Haddad",
            required=True,
            parse=text(200),
            aliases=("name",),
        ),
        Column(
            "roles",
            gettext_lazy("Roles"),
            gettext_lazy("All the roles that the person holds, with commas between."),
            "teacher, mentor",
            required=True,
            parse=some_of(Role.values),
            aliases=("role",),
        ),
        Column(
            "language",
            gettext_lazy("Language"),
            example="en",
            parse=one_of([code for code, _name in settings.LANGUAGES]),
        ),
        Column("timezone", gettext_lazy("Timezone"), example="America/Chicago", parse=zone),
        Column(
            "date_of_birth", gettext_lazy("Date of birth"), example="1990-05-31", parse=birthday
        ),
        Column(
            "gender",
            gettext_lazy("Gender"),
            example="female",
            parse=one_of(User.Gender.values),
        ),
        Column("second_phone", gettext_lazy("Second phone"), example="+12173334667", parse=phone),
    )
)


class UsersImporter(Importer):
    """Accounts, found by e-mail or phone: new ones are invited, known ones changed.

    A row names all roles of the person. An e-mail or phone is filled in where there is none; another
    one than is stored is refused, since it would hand the account over.
    """

    kind = "users"
    label = gettext_lazy("Users")
    help = gettext_lazy(
        "Accounts by e-mail or phone. New ones get a message with a link to set their password."
    )
    icon = "user"
    permission = "accounts.import_users"
    tables = (USERS,)

    def oversees(self, user: Any) -> bool:
        """Whoever may bring accounts manages all of them."""
        return self.may_use(user)

    def check(self, table: str, rows: Sequence[Row], run: Run) -> None:
        """One of e-mail and phone must be there; nobody takes the role admin from themselves."""
        for row in rows:
            if not row.errors and not {"email", "phone"} & set(row.values):
                row.wrong("email", _("Enter an e-mail address or a phone number."))

    def plan(self, table: str, rows: Sequence[Row], run: Run) -> None:
        """What each row does to the account it names: 3 queries."""
        by_email, by_phone, roles = _known(rows, locks=run.locks)
        taken: dict[int, int] = run.facts.setdefault("taken", {})
        for row in rows:
            values = row.values
            found = {
                user.pk: user
                for user in (by_email.get(values.get("email")), by_phone.get(values.get("phone")))
                if user is not None
            }
            row.label = values["full_name"]
            if len(found) > 1:
                row.wrong("phone", _("E-mail and phone belong to two different accounts."))
                continue
            if not found:
                row.outcome = "create"
                row.after = {name: _told(values[name]) for name in FIELDS if name in values}
                row.after["roles"] = list(values["roles"])
                continue
            [user] = found.values()
            first = taken.setdefault(user.pk, row.number)
            if first != row.number:
                row.wrong("", _("This is the account of line %(line)d too.") % {"line": first})
                continue
            _plan_change(row, user, roles.get(user.pk, frozenset()), run.actor)

    def apply(self, table: str, rows: Sequence[Row], run: Run) -> None:
        """Invite the new, change the known."""
        new = [row for row in rows if row.outcome == "create"]
        if new:
            invite_many(
                [(row.values, [Role(name) for name in row.values["roles"]]) for row in new],
                actor=run.actor,
            )
        changes = [row.target for row in rows if row.outcome == "change"]
        change_many(changes, actor=run.actor)
        run.count("created", len(new))
        run.count("changed", len(changes))


def _known(
    rows: Sequence[Row], *, locks: bool
) -> tuple[dict[Any, User], dict[Any, User], dict[int, frozenset[Role]]]:
    """The accounts that rows name, by e-mail and by phone, and the roles that they hold."""
    users = User.objects.order_by("pk")
    if locks:
        users = users.select_for_update(of=("self",), no_key=True)
    emails = {row.values["email"] for row in rows if "email" in row.values}
    phones = {row.values["phone"] for row in rows if "phone" in row.values}
    found: dict[int, User] = {}
    for condition in ({"email__in": emails}, {"phone__in": phones}):
        if not all(condition.values()):
            continue
        for user in users.filter(**condition):
            found.setdefault(user.pk, user)
    held: dict[int, set[Role]] = {}
    if found:
        through = User.groups.through.objects.filter(
            user_id__in=list(found), group__name__in=Role.values
        )
        for pk, name in through.values_list("user_id", "group__name"):
            held.setdefault(pk, set()).add(Role(name))
    return (
        {user.email: user for user in found.values() if user.email},
        {user.phone_number: user for user in found.values() if user.phone},
        {pk: frozenset(roles) for pk, roles in held.items()},
    )


def _plan_change(row: Row, user: User, held: frozenset[Role], actor: Any) -> None:
    fields: dict[str, Any] = {}
    for name in FIELDS:
        if name not in row.values:
            continue
        stored, wanted = _told(getattr(user, name)), _told(row.values[name])
        if stored == wanted:
            continue
        if name in {"email", "phone"} and stored:
            row.wrong(name, _("The account that the row names has another one."))
            continue
        fields[name] = row.values[name]
        row.before[name], row.after[name] = stored, wanted
    wanted_roles = frozenset(Role(name) for name in row.values["roles"])
    if wanted_roles != held:
        if actor is not None and user.pk == actor.pk and Role.ADMIN in held - wanted_roles:
            row.wrong("roles", _("You cannot take the role admin from yourself."))
        row.before["roles"], row.after["roles"] = sorted(held), sorted(wanted_roles)
    row.outcome = "change" if row.after else "same"
    row.target = Change(
        user=user,
        fields=fields,
        roles=wanted_roles if wanted_roles != held else None,
        held=held,
        before=row.before,
        after=row.after,
    )


def _told(value: Any) -> Any:
    """A value as JSON, as it is stored and shown."""
    if value is None or value == "":
        return ""
    return value.isoformat() if isinstance(value, dt.date) else str(value)


register(UsersImporter())
