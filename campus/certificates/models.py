"""Certificates and the templates they are made by.

What a certificate says is frozen when it is issued (C6): the name, the title, the hours, the date, the
institution's name, and the version of its template. The database refuses to change or delete any of it.
"""

import hashlib
import json
import secrets
import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campus.institutions.models import Institution
from campus.institutions.scope import managed, register_path
from campus.people.models import Student
from portal.storages import private_path, private_storage

MOST_SOURCE = 50_000
"""The most characters of a template's HTML, and of its CSS."""
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # (Crockford's: nothing that is read as another)


def new_number() -> str:
    """A number for people to read out: the year and eight signs; tells not how many there are."""
    signs = "".join(secrets.choice(_ALPHABET) for _place in range(8))
    return f"{timezone.localdate():%Y}-{signs[:4]}-{signs[4:]}"


class TemplateQuerySet(models.QuerySet["CertificateTemplate"]):
    """The reads of templates."""

    def with_current(self) -> "TemplateQuerySet":
        """Each with its versions, the newest first: one more query for all."""
        newest = TemplateVersion.objects.order_by("-number")
        return self.prefetch_related(models.Prefetch("versions", queryset=newest))


class CertificateTemplate(models.Model):
    """What certificates look like; the look itself stands in its versions, of which the last one is used."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(
        Institution,
        verbose_name=_("institution"),
        on_delete=models.PROTECT,
        related_name="certificate_templates",
    )
    name = models.CharField(_("name"), max_length=200)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("New certificates can be issued by it.")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TemplateQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("certificate template")
        verbose_name_plural = _("certificate templates")
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "name"],
                name="certificates_template_name_once",
                violation_error_message=_("The institution has a template of this name already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def current(self) -> "TemplateVersion":
        """The version that new certificates are made by."""
        return self.versions.all()[0]


class TemplateVersion(models.Model):
    """One look of a template: HTML with named fields (``{{ name }}``), CSS, a background, a page.

    ``used_at`` is set when the first certificate is issued by it; from then on nothing of it changes (the
    database refuses), and an edit makes the next version.
    """

    class PageSize(models.TextChoices):
        A4_LANDSCAPE = "a4-landscape", _("A4, landscape")
        A4_PORTRAIT = "a4-portrait", _("A4, portrait")
        LETTER_LANDSCAPE = "letter-landscape", _("Letter, landscape")
        LETTER_PORTRAIT = "letter-portrait", _("Letter, portrait")

    class Direction(models.TextChoices):
        LTR = "ltr", _("left to right")
        RTL = "rtl", _("right to left")

    MILLIMETERS: ClassVar[dict[str, tuple[float, float]]] = {
        PageSize.A4_LANDSCAPE: (297, 210),
        PageSize.A4_PORTRAIT: (210, 297),
        PageSize.LETTER_LANDSCAPE: (279.4, 215.9),
        PageSize.LETTER_PORTRAIT: (215.9, 279.4),
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    template = models.ForeignKey(
        CertificateTemplate, on_delete=models.CASCADE, related_name="versions"
    )
    number = models.PositiveIntegerField(_("version"))
    html = models.TextField(_("HTML"), max_length=MOST_SOURCE)
    css = models.TextField(_("CSS"), max_length=MOST_SOURCE, blank=True)
    background = models.FileField(
        _("background"), storage=private_storage, upload_to=private_path, blank=True, max_length=200
    )
    page_size = models.CharField(
        _("page size"), max_length=16, choices=PageSize.choices, default=PageSize.A4_LANDSCAPE
    )
    direction = models.CharField(
        _("direction"), max_length=3, choices=Direction.choices, default=Direction.LTR
    )
    language = models.CharField(
        _("language"), max_length=7, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE
    )
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    used_at = models.DateTimeField(_("used since"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-number"]
        verbose_name = _("version of a template")
        verbose_name_plural = _("versions of templates")
        constraints = [
            models.UniqueConstraint(
                fields=["template", "number"], name="certificates_version_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template_id} · {self.number}"

    @property
    def millimeters(self) -> tuple[float, float]:
        """Width and height of the page."""
        return self.MILLIMETERS[self.page_size]


class CertificateQuerySet(models.QuerySet["Certificate"]):
    """The reads of certificates."""

    def of_person(self, user: Any) -> "CertificateQuerySet":
        """One's own: by the account, or by the student that the account belongs to."""
        return self.filter(Q(user_id=user.pk) | Q(student__user_id=user.pk))

    def held_by(self, user: Any) -> "CertificateQuerySet":
        """One's own and one's children's (P10)."""
        theirs = Student.objects.acted_for_by(user)
        return self.filter(Q(user_id=user.pk) | Q(student__in=theirs.values("pk")))

    def visible_to(self, user: Any) -> "CertificateQuerySet":
        """One's own, one's children's (P10), an admin's institutions'. The public page asks nobody."""
        if not user.is_authenticated:
            return self.none()
        if managed(user) is None:
            return self
        theirs = Student.objects.acted_for_by(user)
        seen = Q(user_id=user.pk) | Q(student__in=theirs.values("pk"))
        reach = managed(user)
        return self.filter(seen | Q(institution__in=reach) if reach else seen)

    def without_pdf(self) -> "CertificateQuerySet":
        """Those whose PDF is still to be made."""
        return self.filter(pdf="")


class Certificate(models.Model):
    """What was certified to one person for one reason, once (C1).

    The holder is a student, with or without an account, or else an account that is no student's.
    ``reason`` is a key of what it is for, such as ``event:<id>``. ``hash`` stands in the QR code and
    opens the public page; it is made of what is frozen and of the id, which nobody can guess. ``pdf`` and
    its ``sha256`` are written once, by a job after the issuing.
    """

    class State(models.TextChoices):
        VALID = "valid", _("valid")
        REVOKED = "revoked", _("revoked")
        SUPERSEDED = "superseded", _("superseded")

    TRANSITIONS: ClassVar[dict[str, frozenset[str]]] = {
        State.VALID: frozenset({State.REVOKED, State.SUPERSEDED}),
        State.REVOKED: frozenset(),
        State.SUPERSEDED: frozenset(),
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(_("number"), max_length=16, unique=True, default=new_number)
    hash = models.CharField(_("hash"), max_length=32, unique=True, editable=False)
    institution = models.ForeignKey(
        Institution,
        verbose_name=_("institution"),
        on_delete=models.PROTECT,
        related_name="certificates",
    )
    student = models.ForeignKey(
        Student,
        verbose_name=_("student"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="certificates",
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="certificates",
    )
    reason = models.CharField(_("for"), max_length=100)
    name = models.CharField(_("name"), max_length=200)
    title = models.CharField(_("title"), max_length=300)
    hours = models.DecimalField(_("hours"), max_digits=6, decimal_places=2, null=True, blank=True)
    date = models.DateField(_("date"))
    institution_name = models.CharField(_("name of the institution"), max_length=200)
    version = models.ForeignKey(
        TemplateVersion,
        verbose_name=_("version of the template"),
        on_delete=models.PROTECT,
        related_name="certificates",
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.VALID)
    issued_at = models.DateTimeField(_("issued at"), default=timezone.now, editable=False)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("issued by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("ended by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    why_ended = models.CharField(_("reason"), max_length=300, blank=True)
    superseded_by = models.OneToOneField(
        "self",
        verbose_name=_("superseded by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="supersedes",
    )
    pdf = models.FileField(
        _("PDF"), storage=private_storage, upload_to=private_path, blank=True, max_length=200
    )
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    rendered_at = models.DateTimeField(_("PDF made at"), null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    problem = models.CharField(_("problem"), max_length=300, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at", "pk"]
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        constraints = [
            models.UniqueConstraint(
                fields=["student", "reason"],
                condition=Q(student__isnull=False) & ~Q(state="superseded"),
                name="certificates_once_for_a_student",
                violation_error_message=_("The student has a certificate for this already."),
            ),
            models.UniqueConstraint(
                fields=["user", "reason"],
                condition=Q(user__isnull=False) & ~Q(state="superseded"),
                name="certificates_once_for_an_account",
                violation_error_message=_("The person has a certificate for this already."),
            ),
            models.CheckConstraint(
                condition=Q(student__isnull=False, user__isnull=True)
                | Q(student__isnull=True, user__isnull=False),
                name="certificates_one_holder",
            ),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(name="") & ~Q(title=""),
                name="certificates_say_something",
            ),
            models.CheckConstraint(
                condition=Q(state="valid", ended_at__isnull=True)
                | (~Q(state="valid") & Q(ended_at__isnull=False)),
                name="certificates_ended_with_its_time",
            ),
            models.CheckConstraint(
                condition=Q(state="superseded", superseded_by__isnull=False)
                | (~Q(state="superseded") & Q(superseded_by__isnull=True)),
                name="certificates_superseded_names_follower",
            ),
            models.CheckConstraint(
                condition=Q(pdf="", sha256="", rendered_at__isnull=True)
                | (~Q(pdf="") & ~Q(sha256="") & Q(rendered_at__isnull=False)),
                name="certificates_pdf_with_its_hash",
            ),
            models.UniqueConstraint(
                fields=["sha256"], condition=~Q(sha256=""), name="certificates_sha256_once"
            ),
        ]
        indexes = [
            models.Index(fields=["student", "issued_at"], name="certificates_of_student"),
            models.Index(fields=["user", "issued_at"], name="certificates_of_account"),
            models.Index(fields=["issued_at", "id"], name="certificates_by_time"),
            models.Index(fields=["reason"], name="certificates_by_reason"),
            models.Index(
                fields=["reason", "id"], name="certificates_without_pdf", condition=Q(pdf="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.title}"

    def get_absolute_url(self) -> str:
        """The public page (C2), in the active language."""
        return reverse("certificates:verify", args=[self.hash])

    @property
    def audit_label(self) -> str:
        """How the audit log names it: by number, not by name."""
        return self.number

    @property
    def is_valid(self) -> bool:
        """Whether it holds."""
        return self.state == self.State.VALID

    @property
    def holder_user(self) -> Any:
        """The account that it belongs to, if there is one."""
        return self.student.user if self.student is not None else self.user

    def make_hash(self) -> str:
        """The first half of the SHA-256 of what is frozen: 128 bits, as the QR code carries them."""
        facts = [
            *(str(self.pk), self.number, self.name, self.title, self.institution_name),
            *(self.date.isoformat(), "" if self.hours is None else f"{self.hours:.2f}"),
            *(self.reason, str(self.version_id)),
        ]
        text = json.dumps(facts, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


register_path(CertificateTemplate, "institution")
register_path(TemplateVersion, "template__institution")
register_path(Certificate, "institution")
