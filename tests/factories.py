"""Objects for tests: plain functions that store what is asked for and fill in the rest.

Each call makes something new unless it says otherwise; anything can be given by name.
"""

import datetime as dt
import itertools
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.utils import timezone
from wagtail.models import Site

from bookings.models import HallBooking
from campus.accounts.models import User
from campus.announcements.models import (
    AnnouncementCategory,
    AnnouncementIndexPage,
    AnnouncementPage,
)
from campus.certificates import badges
from campus.certificates import services as certificate_services
from campus.certificates.models import Certificate, CertificateTemplate
from campus.clubs.models import Club
from campus.institutions.models import Department, Institution, InstitutionAdministrator
from campus.people.models import Guardianship, StaffProfile, Student
from campus.points.models import PointCategory, PointTransaction
from campus.venues.models import Building, Hall
from learning.catalog.models import Category, Course, Meeting, Season, Section, Weekday
from portal.api.tokens import claims
from portal.roles import Role

PASSWORD = "correct horse battery staple"
_numbers = itertools.count(1)


def number() -> int:
    """The next number, for what must be unique."""
    return next(_numbers)


def institution(**fields: Any) -> Institution:
    """The default institution (the same one at every call), or another by ``slug``."""
    slug = fields.pop("slug", "quad")
    found = Institution.objects.filter(slug=slug).first() or (
        None if slug != "quad" else Institution.objects.order_by("pk").first()
    )
    return found or Institution.objects.create(
        slug=slug, **{"name": "Quad University", "timezone": "America/Chicago", **fields}
    )


def department(**fields: Any) -> Department:
    """A department with a code of its own."""
    n = number()
    fields.setdefault("institution", institution())
    return Department.objects.create(**{"code": f"D{n}", "name": f"Department {n}", **fields})


# --- people -------------------------------------------------------------------------------------


def user(*roles: Role, **fields: Any) -> User:
    """An active user with a verified e-mail, ``PASSWORD`` and the given roles."""
    n = number()
    fields = {"email": f"person{n}@example.org", "full_name": f"Person {n}", **fields}
    password = fields.pop("password", PASSWORD)
    made = User.objects.create_user(password=password, **fields)
    for role in roles:
        made.groups.add(Group.objects.get_or_create(name=role.value)[0])
    if made.email:
        EmailAddress.objects.create(user=made, email=made.email, verified=True, primary=True)
    return made


def administrator(place: Institution, **fields: Any) -> User:
    """An admin who manages ``place`` alone."""
    made = user(Role.ADMIN, **fields)
    InstitutionAdministrator.objects.create(institution=place, user=made)
    return made


def student(**fields: Any) -> Student:
    """A student with an account; ``user=None`` for one without."""
    n = number()
    if "user" not in fields:
        fields["user"] = user(Role.STUDENT, full_name=fields.get("name", f"Student {n}"))
    fields.setdefault("institution", institution())
    return Student.objects.create(**{"name": f"Student {n}", "number": f"S{n:06}", **fields})


def staff(**fields: Any) -> StaffProfile:
    """A staff profile without an account, unless ``user`` is given."""
    n = number()
    fields.setdefault("institution", institution())
    return StaffProfile.objects.create(**{"name": f"Teacher {n}", "number": f"E{n:06}", **fields})


def teacher(**fields: Any) -> User:
    """A user with the role teacher and a staff profile (``teacher.staff_profile``)."""
    made = user(Role.TEACHER, **fields)
    staff(user=made, name=made.full_name)
    return made


def parent(*children: Student, **fields: Any) -> User:
    """A user with the role parent who cares for ``children``, as the primary guardian of each."""
    made = user(Role.PARENT, **fields)
    for child in children:
        guardianship(guardian=made, student=child)
    return made


def guardianship(**fields: Any) -> Guardianship:
    """Somebody cares for a child; the first guardian is the primary one."""
    fields["student"] = fields.get("student") or student(user=None)
    fields["guardian"] = fields.get("guardian") or user(Role.PARENT)
    has_primary = Guardianship.objects.filter(student=fields["student"], is_primary=True).exists()
    return Guardianship.objects.create(
        **{"relationship": "mother", "is_primary": not has_primary, **fields}
    )


def mentor(**fields: Any) -> StaffProfile:
    """A staff profile whose account (``mentor.user``) has the role mentor."""
    place = fields.pop("institution", None) or institution()
    made = user(Role.MENTOR, **fields)
    return staff(user=made, name=made.full_name, institution=place)


# --- points -------------------------------------------------------------------------------------


def point_category(**fields: Any) -> PointCategory:
    """A category that counts up to a hundred points."""
    n = number()
    fields.setdefault("institution", institution())
    return PointCategory.objects.create(
        **{"code": f"C{n}", "name": f"Category {n}", "maximum": 100, **fields}
    )


def points(**fields: Any) -> PointTransaction:
    """Points that wait for a decision, of a student with a mentor."""
    if "student" not in fields:
        fields["student"] = student(mentor=mentor())
    if "category" not in fields:
        fields["category"] = point_category(institution=fields["student"].institution)
    return PointTransaction.objects.create(**{"points": 10, "title": "Half marathon", **fields})


# --- certificates -------------------------------------------------------------------------------

TEMPLATE = {
    "html": (
        "<h1>Certificate</h1><p class='name'>{{ name }}</p><p>has attended <b>{{ title }}</b></p>"
        "<p>{{ hours }} · {{ date }} · {{ institution }}</p>{{ qr }}<p class='number'>{{ number }}</p>"
    ),
    "css": (
        ".certificate{padding:20mm;text-align:center} .name{font-size:28pt}"
        "[data-field=qr]{position:absolute;bottom:12mm;right:12mm}"
    ),
}


def certificate_template(**fields: Any) -> CertificateTemplate:
    """A template with one unused version."""
    fields.setdefault("institution", institution())
    changes = {"name": f"Template {number()}", **TEMPLATE, **fields}
    return certificate_services.write_template(actor=None, changes=changes)


def certificate(**fields: Any) -> Certificate:
    """A certificate without PDF, of a student without account."""
    made_by = fields.pop("template", None) or certificate_template()
    reason = fields.pop("reason", f"event:{number()}")
    if "user" not in fields and "student" not in fields:
        fields["student"] = student(user=None)
    award = certificate_services.Award(
        **{"title": "Machine learning", "date": dt.date(2026, 5, 12), **fields}
    )
    [made] = certificate_services.issue(template=made_by, awards=[award], reason=reason, actor=None)
    return made


def badge_key() -> str:
    """The name of the key that badges are signed with."""
    return str(badges.public_key()["kid"])


# --- catalog ------------------------------------------------------------------------------------


def season(**fields: Any) -> Season:
    """An active season that began a week ago and has ten more to go."""
    n = number()
    today = timezone.localdate()
    fields.setdefault("institution", institution())
    return Season.objects.create(
        **{
            "code": f"season-{n}",
            "name": f"Season {n}",
            "starts": today - dt.timedelta(weeks=1),
            "ends": today + dt.timedelta(weeks=10),
            **fields,
        }
    )


def category(**fields: Any) -> Category:
    """A category with a name of its own."""
    n = number()
    return Category.objects.create(**{"name": f"Category {n}", "slug": f"category-{n}", **fields})


def course(**fields: Any) -> Course:
    """A published course of a new department."""
    n = number()
    fields.setdefault("institution", institution())
    if "department" not in fields:
        fields["department"] = department(institution=fields["institution"])
    code = fields.setdefault("code", f"{fields['department'].code} {100 + n}")
    fields.setdefault("slug", code.lower().replace(" ", "-"))
    return Course.objects.create(**{"title": f"Course {n}", "level": "undergraduate", **fields})


def section(**fields: Any) -> Section:
    """A free section of a new course, without a limit of seats, open for enrollment."""
    n = number()
    fields.setdefault("course", None)
    fields["course"] = fields["course"] or course()
    if "season" not in fields:
        fields["season"] = season(institution=fields["course"].institution)
    teachers = fields.pop("instructors", [])
    made = Section.objects.create(**{"number": f"{10000 + n}", "code": f"A{n}", **fields})
    made.instructors.set(teachers)
    return made


def hall(**fields: Any) -> Hall:
    """A hall in a building of its own."""
    n = number()
    if "building" not in fields:
        fields["building"] = Building.objects.create(
            institution=institution(), name=f"Building {n}"
        )
    return Hall.objects.create(**{"code": f"{n}", **fields})


def hall_booking(**fields: Any) -> HallBooking:
    """An approved hour in a hall, two weeks ahead; without its log and its news."""
    fields["hall"] = fields.get("hall") or hall()
    starts = fields.setdefault("starts", timezone.now() + dt.timedelta(days=14, hours=number()))
    ends = fields.setdefault("ends", starts + dt.timedelta(minutes=50))
    return HallBooking.objects.create(
        **{
            "blocked_until": ends + fields["hall"].buffer,
            "state": HallBooking.State.APPROVED,
            "purpose": "Rehearsal",
            **fields,
        }
    )


def club(**fields: Any) -> Club:
    """An active club whose head (``club.head``) has the role organizer."""
    n = number()
    fields.setdefault("institution", institution())
    if "head" not in fields:
        fields["head"] = user(Role.ORGANIZER)
    return Club.objects.create(**{"name": f"Club {n}", "slug": f"club-{n}", **fields})


def source(thing: Any) -> dict[str, Any]:
    """The fields of a booking that say what it is for."""
    return {
        "source_type": ContentType.objects.get_for_model(thing),
        "source_id": str(thing.pk),
    }


def meeting(**fields: Any) -> Meeting:
    """An hour on Monday, ten to eleven."""
    if "section" not in fields:
        fields["section"] = section()
    return Meeting.objects.create(
        **{"weekday": Weekday.MONDAY, "starts": dt.time(10), "ends": dt.time(11), **fields}
    )


# --- signing in ---------------------------------------------------------------------------------


def access_token(who: User) -> str:
    """An access token (JWT) of a new session of ``who``, as signing in gives one."""
    from allauth.headless.tokens.strategies.jwt import internal  # noqa: PLC0415 (needs Django up)

    client = Client()
    client.force_login(who, backend="allauth.account.auth_backends.AuthenticationBackend")
    return str(internal.create_access_token(who, client.session, claims()))


def announcement_category(**facts: Any) -> AnnouncementCategory:
    """A category of announcements."""
    n = next(_numbers)
    return AnnouncementCategory.objects.create(
        **{"name": f"Kind {n}", "slug": f"kind-{n}", **facts}
    )


def announcement(*, publish: bool = True, roles: Any = (), **facts: Any) -> AnnouncementPage:
    """An announcement below the list of announcements, published as an editor publishes it."""
    n = next(_numbers)
    index = AnnouncementIndexPage.objects.first()
    if index is None:
        index = AnnouncementIndexPage(title="News", slug="news")
        Site.objects.get(is_default_site=True).root_page.add_child(instance=index)
    words = {"title": f"Announcement {n}", "slug": f"announcement-{n}", "summary": f"Summary {n}"}
    page = AnnouncementPage(**{**words, "live": False, **facts})
    index.add_child(instance=page)
    page.roles = list(roles)
    revision = page.save_revision()
    if publish:
        revision.publish()
    page.refresh_from_db()
    return page
