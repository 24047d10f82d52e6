"""Who comes to an event, who waits, and what they answered."""

import secrets
import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Case, Count, IntegerField, OuterRef, Q, Subquery, When
from django.utils.translation import gettext_lazy as _

from campus.events.models.events import Event
from campus.institutions.scope import managed, register_path
from campus.people.models import Student
from portal.roles import Role


def new_ticket_key() -> str:
    """What a ticket's signature is made with besides the secret key: a new one revokes the old ticket."""
    return secrets.token_urlsafe(12)


def _of_person(user: Any) -> Q:
    return Q(user_id=user.pk) | Q(student__user_id=user.pk)


def _of_family(user: Any) -> Q:
    mine = _of_person(user)
    if user.has_role(Role.PARENT):
        mine |= Q(student__in=Student.objects.cared_for_by(user).values("pk"))
    return mine


class RegistrationQuerySet(models.QuerySet["EventRegistration"]):
    """The reads of registrations."""

    def registered(self) -> "RegistrationQuerySet":
        """Those that hold a place."""
        return self.filter(state=EventRegistration.State.REGISTERED)

    def waiting(self) -> "RegistrationQuerySet":
        """The waiting list, in its order within an event."""
        return self.filter(state=EventRegistration.State.WAITING).order_by("queue_number")

    def open(self) -> "RegistrationQuerySet":
        """Those that hold a place, wait for one, or for a decision."""
        return self.filter(state__in=EventRegistration.OPEN)

    def with_place(self) -> "RegistrationQuerySet":
        """Each with its ``place`` on the waiting list, 1 for the next one; 0 for those not on it."""
        ahead = (
            EventRegistration.objects.filter(
                state=EventRegistration.State.WAITING,
                event=OuterRef("event"),
                queue_number__lte=OuterRef("queue_number"),
            )
            .order_by()
            .values("event")
            .annotate(number=Count("pk"))
            .values("number")
        )
        waits = Q(state=EventRegistration.State.WAITING)
        return self.annotate(
            place=Case(When(waits, then=Subquery(ahead)), default=0, output_field=IntegerField())
        )

    def of_person(self, user: Any) -> "RegistrationQuerySet":
        """One's own: by the account, or by the student that the account belongs to."""
        return self.filter(_of_person(user))

    def of_family(self, user: Any) -> "RegistrationQuerySet":
        """One's own and one's children's (P10)."""
        return self.filter(_of_family(user))

    def visible_to(self, user: Any) -> "RegistrationQuerySet":
        """One's own, one's children's, those of the events one organizes, an admin's institution's."""
        if not user.is_authenticated:
            return self.none()
        reach = managed(user)
        if reach is None:
            return self
        seen = _of_family(user)
        if user.has_role(Role.ORGANIZER):
            seen |= Q(event__in=Event.objects.organized_by(user).values("pk"))
        return self.filter(seen | Q(event__club__institution__in=reach) if reach else seen)


class EventRegistration(models.Model):
    """A person at an event: one row for both, ever (E4). Coming back makes the same row live again.

    The person is a student, with or without an account, or else an account that is no student's
    (a teacher). ``queue_number`` is the order in the event, given under its lock: numbers rise, none is
    given twice; whoever comes back gets a new one. ``ticket_key`` goes into the ticket's signature.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", _("waits for approval")
        REGISTERED = "registered", _("registered")
        WAITING = "waiting", _("on the waiting list")
        REJECTED = "rejected", _("not approved")
        CANCELLED = "cancelled", _("cancelled")

    OPEN: ClassVar[tuple[str, ...]] = (State.REQUESTED, State.REGISTERED, State.WAITING)

    TRANSITIONS: ClassVar[dict[str, frozenset[str]]] = {
        State.REQUESTED: frozenset(
            {State.REGISTERED, State.WAITING, State.REJECTED, State.CANCELLED}
        ),
        State.REGISTERED: frozenset({State.CANCELLED}),
        State.WAITING: frozenset({State.REGISTERED, State.CANCELLED}),
        State.REJECTED: frozenset({State.REGISTERED}),
        State.CANCELLED: frozenset({State.REQUESTED, State.REGISTERED, State.WAITING}),
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="registrations")
    student = models.ForeignKey(
        Student,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="event_registrations",
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="event_registrations",
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    queue_number = models.PositiveIntegerField(editable=False)
    ticket_key = models.CharField(max_length=16, default=new_ticket_key, editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    since = models.DateTimeField(_("since"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    place: int = 0
    """On the waiting list, 1 for the next one; set by ``with_place()`` and where a service gave it."""

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        ordering = ["event", "queue_number"]
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")
        constraints = [
            models.CheckConstraint(
                condition=Q(student__isnull=True, user__isnull=False)
                | Q(student__isnull=False, user__isnull=True),
                name="events_registration_of_one",
            ),
            models.UniqueConstraint(
                fields=["event", "student"], name="events_registration_once_student"
            ),
            models.UniqueConstraint(fields=["event", "user"], name="events_registration_once_user"),
            models.UniqueConstraint(
                fields=["event", "queue_number"], name="events_queue_number_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["event", "queue_number"],
                name="events_waiting",
                condition=Q(state="waiting"),
            ),
            models.Index(fields=["event", "state"], name="events_registration_state"),
        ]

    def __str__(self) -> str:
        return f"{self.student_id or self.user_id} → {self.event_id}: {self.state}"

    @property
    def name(self) -> str:
        """The person's name; needs ``student`` and ``user``."""
        return self.student.name if self.student is not None else str(self.user.full_name)  # type: ignore[union-attr]

    @property
    def student_number(self) -> str:
        """The student number, where the person is a student."""
        return self.student.number if self.student is not None else ""

    @property
    def account_id(self) -> int | None:
        """The account of the person; None for a child without one."""
        return self.student.user_id if self.student is not None else self.user_id

    @property
    def audit_label(self) -> str:
        """How the audit log names it: by number, not by name, so that erasing a person needs no edit."""
        who = self.student.number if self.student is not None else f"#{self.user_id}"
        return f"{who} · {self.event}"


class Question(models.Model):
    """What an event asks of who registers (E12)."""

    class Kind(models.TextChoices):
        TEXT = "text", _("a line of text")
        LONG = "long", _("several lines")
        YES_NO = "yes_no", _("yes or no")
        CHOICE = "choice", _("one of several")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="questions")
    text = models.CharField(_("question"), max_length=300)
    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices, default=Kind.TEXT)
    choices = models.JSONField(_("choices"), default=list, blank=True)
    is_required = models.BooleanField(_("required"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("question")
        verbose_name_plural = _("questions")

    def __str__(self) -> str:
        return self.text


class Answer(models.Model):
    """What one person answered."""

    registration = models.ForeignKey(
        EventRegistration, on_delete=models.CASCADE, related_name="answers"
    )
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="answers")
    text = models.CharField(_("answer"), max_length=2000)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints = [
            models.UniqueConstraint(fields=["registration", "question"], name="events_answer_once"),
        ]

    def __str__(self) -> str:
        return self.text[:80]


register_path(EventRegistration, "event__club__institution")
register_path(Question, "event__club__institution")
register_path(Answer, "registration__event__club__institution")
