"""Students and staff: people as the institution knows them, with or without an account."""

import datetime as dt
import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from campus.accounts.rules import is_mentor, is_parent
from campus.institutions.models import Department, Institution
from campus.institutions.scope import managed, register_path
from campus.people import extensions


def last_birthday_of_age(day: dt.date | None = None) -> dt.date:
    """Whoever was born on this day or before is of age (``GUARDIAN_AGE_LIMIT``) on ``day``, or today."""
    day = day or timezone.localdate()
    year = day.year - settings.GUARDIAN_AGE_LIMIT
    try:
        return day.replace(year=year)
    except ValueError:  # the 29th of February
        return day.replace(year=year, day=28)


class StudentQuerySet(models.QuerySet["Student"]):
    """The reads of students."""

    def open_to_guardians(self) -> "StudentQuerySet":
        """Those whose guardians see and act for them (P10); :attr:`Student.is_open_to_guardians`."""
        last = last_birthday_of_age()
        under_age = Q(date_of_birth__gt=last) | Q(date_of_birth=None) & (
            Q(user__date_of_birth=None) | Q(user__date_of_birth__gt=last)
        )
        return self.filter(Q(user=None) | Q(guardians_may_see=True) | under_age)

    def cared_for_by(self, user: Any) -> "StudentQuerySet":
        """The children of ``user``: whom they see and act for as a guardian now (P10)."""
        if not is_parent(user):
            return self.none()
        theirs = Guardianship.objects.filter(guardian_id=user.pk)
        return self.open_to_guardians().filter(pk__in=theirs.values("student_id"))

    def acted_for_by(self, user: Any) -> "StudentQuerySet":
        """Whom ``user`` may enroll without being an admin: themselves and their children."""
        if not user.is_authenticated:
            return self.none()
        children = Student.objects.cared_for_by(user)
        if children.query.is_empty():
            return self.filter(user_id=user.pk)
        return self.filter(Q(user_id=user.pk) | Q(pk__in=children.values("pk")))

    def mentored_by(self, user: Any) -> "StudentQuerySet":
        """The mentees of ``user``."""
        return self.filter(mentor__user_id=user.pk) if is_mentor(user) else self.none()

    def visible_to(self, user: Any) -> "StudentQuerySet":
        """Whom ``user`` may see: themselves, children, mentees, an admin's institution, and what other
        apps add by ``extensions`` (a teacher's students); the rest does not exist for them."""
        if not user.is_authenticated:
            return self.none()
        seen = Q(user_id=user.pk)
        reach = managed(user)
        if reach is None:
            return self.all()
        if reach:
            seen |= Q(institution__in=reach)
        if is_parent(user):
            seen |= Q(pk__in=Student.objects.cared_for_by(user).values("pk"))
        if is_mentor(user):
            seen |= Q(mentor__user_id=user.pk)
        for more in extensions.shown_students(user):
            seen |= more
        return self.filter(seen)


class Student(models.Model):
    """One who learns here. A child without an account is the same kind of student.

    ``program`` is the course of study by the institution's own name for it; programs as the catalog
    knows them stand in a room above this one. ``date_of_birth`` is what the institution or a guardian
    recorded; without it that of the account counts.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        ON_LEAVE = "on_leave", _("on leave")
        GRADUATED = "graduated", _("graduated")
        LEFT = "left", _("left")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="students")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="student",
    )
    name = models.CharField(_("name"), max_length=200)
    number = models.CharField(_("student number"), max_length=40)
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, blank=True, related_name="students"
    )
    program = models.CharField(_("program"), max_length=200, blank=True)
    mentor = models.ForeignKey(
        "people.StaffProfile",
        verbose_name=_("mentor"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="mentees",
    )
    date_of_birth = models.DateField(_("date of birth"), null=True, blank=True)
    guardians_may_see = models.BooleanField(
        _("guardians may go on seeing this"),
        default=False,
        help_text=_("For those who are of age; until then guardians see it in any case."),
    )
    semester = models.PositiveSmallIntegerField(_("semester"), null=True, blank=True)
    batch = models.CharField(_("batch"), max_length=20, blank=True)
    admission_year = models.PositiveSmallIntegerField(_("admission year"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ACTIVE)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = StudentQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("student")
        verbose_name_plural = _("students")
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "number"], name="people_student_number_once"
            ),
        ]
        indexes = [models.Index(fields=["name", "id"], name="people_student_by_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def birthday(self) -> dt.date | None:
        """When the student was born, as far as it is known."""
        if self.date_of_birth is None and self.user is not None:
            return self.user.date_of_birth
        return self.date_of_birth

    @property
    def is_of_age(self) -> bool:
        """Whether ``GUARDIAN_AGE_LIMIT`` is reached today; one whose birthday is unknown is not."""
        return self.birthday is not None and self.birthday <= last_birthday_of_age()

    @property
    def is_open_to_guardians(self) -> bool:
        """Whether guardians see and act for the student (P10).

        A student without an account has nobody else; one under age cannot shut them out; one of age
        with an account decides (``guardians_may_see``).
        """
        return self.user_id is None or self.guardians_may_see or not self.is_of_age


class StaffQuerySet(models.QuerySet["StaffProfile"]):
    """The reads of staff."""

    def public(self) -> "StaffQuerySet":
        """Whom everyone may see: listed, and still here; :attr:`StaffProfile.is_public`."""
        return self.filter(public_staff())


def public_staff(prefix: str = "") -> Q:
    """What holds of staff whom everyone may see; ``prefix`` leads to them (``staff__``)."""
    left = f"{prefix}left_on"
    here = Q((f"{left}__isnull", True)) | Q((f"{left}__gte", timezone.localdate()))
    return Q((f"{prefix}is_listed", True)) & here


class StaffProfile(models.Model):  # type: ignore[django-manager-missing]  # its pages, told later
    """One who teaches, mentors or works here; the catalogue names many who have no account yet.

    ``number`` is the employee number. Those whom a catalogue names without one are told apart by
    department and name (``source_key``), so that two who share a name in different departments never
    come to see each other's students.

    Everyone sees the name, the title, the department and what is taught. ``public_email``,
    ``public_phone`` and ``office`` are empty until the person puts something there for everyone to see;
    what the account holds is never shown.
    """

    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="staff")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="staff_profile",
    )
    name = models.CharField(_("name"), max_length=200)
    number = models.CharField(_("employee number"), max_length=40, null=True, blank=True)
    source_key = models.CharField(max_length=200, null=True, blank=True, editable=False)
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, blank=True, related_name="staff"
    )
    title = models.CharField(_("title"), max_length=100, blank=True)
    qualifications = models.TextField(_("qualifications"), blank=True)
    is_listed = models.BooleanField(
        _("listed publicly"),
        default=True,
        help_text=_("With a page, in the search and among the department's staff."),
    )
    left_on = models.DateField(
        _("last day"),
        null=True,
        blank=True,
        help_text=_("Of those who retired or left: from the day after, they are no longer shown."),
    )
    public_email = models.EmailField(
        _("public e-mail"),
        null=True,
        blank=True,
        help_text=_("For everyone to see on the public page; empty shows none."),
    )
    public_phone = PhoneNumberField(
        _("public phone"),
        null=True,
        blank=True,
        help_text=_("For everyone to see on the public page; empty shows none."),
    )
    office = models.CharField(
        _("office and hours"),
        max_length=200,
        null=True,
        blank=True,
        help_text=_("Where and when to find you, for everyone to see; empty shows none."),
    )

    objects = StaffQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("staff member")
        verbose_name_plural = _("staff")
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "number"], name="people_staff_number_once"
            ),
            models.UniqueConstraint(
                fields=["institution", "source_key"], name="people_staff_source_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["name", "id"],
                name="people_staff_directory",
                condition=Q(is_listed=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The public profile, in the language that is active; an earlier name leads here as well."""
        words = slugify(self.name)
        if words:
            return reverse("people:person", args=[self.pk, words])
        return reverse("people:person_by_number", args=[self.pk])

    @property
    def is_public(self) -> bool:
        """Whether everyone may see the profile today."""
        return self.is_listed and (self.left_on is None or self.left_on >= timezone.localdate())

    @property
    def initials(self) -> str:
        """Two letters that stand for a picture: of ``Curie, M`` and ``Marie Curie`` the same."""
        last, comma, first = self.name.partition(",")
        parts = [first, last] if comma else [*self.name.split()[:1], *self.name.split()[1:][-1:]]
        return "".join(part.strip()[:1] for part in parts).upper()


class Guardianship(models.Model):
    """Who cares for a student: what the guardian may see and do is that of P10."""

    class Relationship(models.TextChoices):
        MOTHER = "mother", _("mother")
        FATHER = "father", _("father")
        GRANDPARENT = "grandparent", _("grandparent")
        SIBLING = "sibling", _("sibling")
        GUARDIAN = "guardian", _("legal guardian")
        OTHER = "other", _("other")

    guardian = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("guardian"),
        on_delete=models.CASCADE,
        related_name="guardianships",
    )
    student = models.ForeignKey(
        Student,
        verbose_name=_("student"),
        on_delete=models.CASCADE,
        related_name="guardianships",
    )
    relationship = models.CharField(
        _("relationship"),
        max_length=12,
        choices=Relationship.choices,
        default=Relationship.GUARDIAN,
    )
    is_primary = models.BooleanField(_("primary"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-is_primary", "pk"]
        verbose_name = _("guardianship")
        verbose_name_plural = _("guardianships")
        constraints = [
            models.UniqueConstraint(
                fields=["guardian", "student"],
                name="people_guardianship_once",
                violation_error_message=_("This person is a guardian of the student already."),
            ),
            models.UniqueConstraint(
                fields=["student"],
                condition=Q(is_primary=True),
                name="people_one_primary_guardian",
                violation_error_message=_("A student has one primary guardian."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.student} · {self.guardian}"

    @property
    def audit_label(self) -> str:
        """How the audit log names it: by numbers, so that erasing a person needs no edit."""
        return f"{self.student.number} · #{self.guardian_id}"


class StudentInvitation(models.Model):
    """A one-time code by which someone takes over a student's account, or becomes another guardian.

    Only a digest of the code is kept, and of the address what is enough to recognize it. It is open
    until ``expires_at``, and ends by being used or withdrawn.
    """

    class Purpose(models.TextChoices):
        TAKE_OVER = "take_over", _("the student's own account")
        GUARDIAN = "guardian", _("another guardian")

    student = models.ForeignKey(Student, on_delete=models.CASCADE, related_name="invitations")
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose.choices)
    relationship = models.CharField(
        _("relationship"), max_length=12, choices=Guardianship.Relationship.choices, blank=True
    )
    code_digest = models.CharField(max_length=64, unique=True)
    sent_to = models.CharField(_("sent to"), max_length=80)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"))
    used_at = models.DateTimeField(null=True, blank=True)
    used_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    OPEN: ClassVar[Q] = Q(used_at=None, withdrawn_at=None)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(
                fields=["student", "purpose"],
                condition=Q(used_at=None, withdrawn_at=None),
                name="people_one_open_invitation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}: {self.student_id}"


register_path(Student, "institution")
register_path(StaffProfile, "institution")
register_path(Guardianship, "student__institution")
