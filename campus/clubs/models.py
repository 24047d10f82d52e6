"""Clubs, the roles that each gives out, and who belongs to them."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campus.accounts.rules import is_organizer
from campus.institutions.models import Institution
from campus.institutions.scope import managed, register_path
from campus.people.models import StaffProfile


class ClubPermission(models.TextChoices):
    """What a role of a club lets its holders do there; each is a column ``may_…`` of the role."""

    MANAGE_EVENTS = "manage_events", _("write, schedule and complete events")
    CHECK_IN = "check_in", _("take attendance")
    MANAGE_MEMBERS = "manage_members", _("decide who is a member")
    EDIT_CLUB = "edit_club", _("edit the club and write its pages")

    @property
    def column(self) -> str:
        """The field of :class:`ClubRole` that holds it."""
        return f"may_{self.value}"


class ClubQuerySet(models.QuerySet["Club"]):
    """The reads of clubs."""

    def public(self) -> "ClubQuerySet":
        """Those with a public page."""
        return self.filter(state=Club.State.ACTIVE)

    def visible_to(self, user: Any) -> "ClubQuerySet":
        """The public ones; one's own and an admin's besides, whatever their state."""
        if not user.is_authenticated:
            return self.public()
        reach = managed(user)
        if reach is None:
            return self
        seen = Q(state=Club.State.ACTIVE) | _leads(user)
        return self.filter(seen | Q(institution__in=reach) if reach else seen)

    def with_member_count(self) -> "ClubQuerySet":
        """Each with ``member_count``, its active members."""
        active = Q(members__state=ClubMember.State.ACTIVE)
        return self.annotate(member_count=Count("members", filter=active))

    def where_may(self, user: Any, permission: ClubPermission) -> "ClubQuerySet":
        """The clubs in which ``user`` holds ``permission`` by a role, as head or as coordinator."""
        if not is_organizer(user):
            return self.none()
        return self.filter(_leads(user, permission), state=Club.State.ACTIVE)


def _leads(user: Any, permission: ClubPermission | None = None) -> Q:
    """A condition on clubs: ``user`` is head or coordinator, or a member (whose role allows it)."""
    rows = ClubMember.objects.filter(user_id=user.pk, state=ClubMember.State.ACTIVE)
    if permission is not None:
        rows = rows.filter(Q((f"role__{permission.column}", True)))
    return Q(head_id=user.pk) | Q(coordinator__user_id=user.pk) | Q(pk__in=rows.values("club_id"))


class Club(models.Model):  # type: ignore[django-manager-missing]  # Wagtail's, told too late
    """A club of an institution. Its head and its faculty coordinator may do everything in it."""

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        PAUSED = "paused", _("paused")
        DISSOLVED = "dissolved", _("dissolved")

    class Joining(models.TextChoices):
        OPEN = "open", _("whoever wants joins")
        ASK = "ask", _("by a request")
        CLOSED = "closed", _("by invitation")

    TRANSITIONS: ClassVar[dict[str, frozenset[str]]] = {
        State.ACTIVE: frozenset({State.PAUSED, State.DISSOLVED}),
        State.PAUSED: frozenset({State.ACTIVE, State.DISSOLVED}),
        State.DISSOLVED: frozenset(),
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(
        Institution,
        verbose_name=_("institution"),
        on_delete=models.PROTECT,
        related_name="clubs",
    )
    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    summary = models.CharField(_("summary"), max_length=300, blank=True)
    description = models.TextField(_("description"), max_length=10_000, blank=True)
    logo = models.ForeignKey(
        "wagtailimages.Image",
        verbose_name=_("logo"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    coordinator = models.ForeignKey(
        StaffProfile,
        verbose_name=_("faculty coordinator"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="coordinated_clubs",
    )
    head = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("head"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="headed_clubs",
    )
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ACTIVE)
    joining = models.CharField(
        _("how to join"), max_length=6, choices=Joining.choices, default=Joining.ASK
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ClubQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("club")
        verbose_name_plural = _("clubs")
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "name"],
                name="clubs_name_once",
                violation_error_message=_("The institution has a club with this name already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The public page."""
        return reverse("clubs:club", args=[self.slug])

    @property
    def takes_members(self) -> bool:
        """Whether one can join, or ask to."""
        return self.state == self.State.ACTIVE and self.joining != self.Joining.CLOSED


class ClubRole(models.Model):
    """An office in one club (president, secretary …) and what it lets its holders do."""

    club = models.ForeignKey(Club, on_delete=models.CASCADE, related_name="roles")
    name = models.CharField(_("name"), max_length=100)
    rank = models.PositiveSmallIntegerField(_("rank"), default=0)
    may_manage_events = models.BooleanField(_("may manage events"), default=False)
    may_check_in = models.BooleanField(_("may take attendance"), default=False)
    may_manage_members = models.BooleanField(_("may manage members"), default=False)
    may_edit_club = models.BooleanField(_("may edit the club"), default=False)

    class Meta:
        ordering = ["rank", "pk"]
        verbose_name = _("club role")
        verbose_name_plural = _("club roles")
        constraints = [
            models.UniqueConstraint(
                fields=["club", "name"],
                name="clubs_role_name_once",
                violation_error_message=_("The club has a role with this name already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def permissions(self) -> list[ClubPermission]:
        """What it lets its holders do."""
        return [one for one in ClubPermission if getattr(self, one.column)]


class ClubMember(models.Model):
    """A person in a club: one row for both, ever. Coming back makes the same row active."""

    class State(models.TextChoices):
        ASKED = "asked", _("asked to join")
        ACTIVE = "active", _("member")
        REFUSED = "refused", _("not taken")
        LEFT = "left", _("left")

    TRANSITIONS: ClassVar[dict[str, frozenset[str]]] = {
        State.ASKED: frozenset({State.ACTIVE, State.REFUSED, State.LEFT}),
        State.ACTIVE: frozenset({State.LEFT}),
        State.REFUSED: frozenset({State.ASKED, State.ACTIVE}),
        State.LEFT: frozenset({State.ASKED, State.ACTIVE}),
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    club = models.ForeignKey(Club, on_delete=models.PROTECT, related_name="members")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="club_memberships"
    )
    role = models.ForeignKey(
        ClubRole,
        verbose_name=_("role"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="holders",
    )
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.ACTIVE)
    since = models.DateTimeField(_("since"))

    class Meta:
        ordering = ["club", "since", "id"]
        verbose_name = _("club member")
        verbose_name_plural = _("club members")
        constraints = [
            models.UniqueConstraint(
                fields=["club", "user"],
                name="clubs_member_once",
                violation_error_message=_("This person has a place in the club already."),
            ),
        ]
        indexes = [models.Index(fields=["user", "state"], name="clubs_member_of_user")]

    def __str__(self) -> str:
        return f"#{self.user_id} in {self.club_id}: {self.state}"

    @property
    def audit_label(self) -> str:
        """How the audit log names it: by number, not by name, so that erasing a person needs no edit."""
        return f"{self.club} · #{self.user_id}"


register_path(Club, "institution")
register_path(ClubRole, "club__institution")
register_path(ClubMember, "club__institution")
