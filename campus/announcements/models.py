"""Announcements: pages of Wagtail with an audience, and the row that says that it was told."""

from typing import Any

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.http import Http404, HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page, PageManager
from wagtail.query import PageQuerySet
from wagtail.search import index

from campus.accounts.rules import is_editor
from campus.announcements import audiences
from campus.announcements.audiences import Audience
from campus.announcements.page_forms import AnnouncementPageForm
from campus.clubs.models import Club
from campus.institutions.models import Department, Faculty, Institution
from campus.institutions.scope import managed


class AnnouncementCategory(models.Model):  # type: ignore[django-manager-missing]  # told too late
    """What an announcement is about, in a word."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    slug = models.SlugField(_("slug"), max_length=60, unique=True)

    panels = [FieldPanel("name"), FieldPanel("slug")]

    class Meta:
        ordering = ["name"]
        verbose_name = _("category of announcements")
        verbose_name_plural = _("categories of announcements")

    def __str__(self) -> str:
        return self.name


class AnnouncementIndexPage(Page):
    """The list of announcements, with an editor's words above it."""

    intro = RichTextField(_("introduction"), blank=True)

    content_panels = [*Page.content_panels, FieldPanel("intro")]
    search_fields = [*Page.search_fields, index.SearchField("intro")]
    parent_page_types = ["home.HomePage"]
    subpage_types = ["announcements.AnnouncementPage"]
    max_count_per_parent = 1

    class Meta:
        verbose_name = _("list of announcements")

    def get_url_parts(self, request: HttpRequest | None = None) -> tuple[int, str, str] | None:
        """The address of the list in the page's language: the one that the list's view serves."""
        parts = super().get_url_parts(request)
        if parts is None:
            return None
        with translation.override(self.locale.language_code):
            return (parts[0], parts[1], reverse("announcements:announcements"))

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Its place in the tree leads to that address."""
        return redirect(self.get_url(request) or reverse("announcements:announcements"))


class AnnouncementQuerySet(PageQuerySet):
    """The reads of announcements."""

    def current(self) -> "AnnouncementQuerySet":
        """Those that are published and have not expired, also before the job takes them down."""
        alive = Q(expire_at=None) | Q(expire_at__gt=timezone.now())
        found: AnnouncementQuerySet = self.live().filter(alive, first_published_at__isnull=False)
        return found

    def visible_to(self, user: Any) -> "AnnouncementQuerySet":
        """The current ones that are for ``user``; whoever may write all of them sees all of them."""
        if managed(user) is None or is_editor(user):
            return self.current()
        return self.current().filter(audiences.seen_by(user))

    def not_for_everyone(self) -> "AnnouncementQuerySet":
        """Those that no list of pages may show to whoever comes."""
        gone = Q(expire_at__lte=timezone.now())
        found: AnnouncementQuerySet = self.filter(~Q(audience=Audience.EVERYONE) | gone)
        return found

    def in_language(self, code: str) -> "AnnouncementQuerySet":
        """Each once: in the language where it is written in it, else as it was written."""
        there = AnnouncementPage.objects.live().filter(locale__language_code=code)
        found: AnnouncementQuerySet = self.filter(
            Q(locale__language_code=code) | ~Q(translation_key__in=there.values("translation_key"))
        )
        return found

    def of_institutions(self, ids: frozenset[int]) -> "AnnouncementQuerySet":
        """Those whose audience belongs to these institutions."""
        inside = Q()
        for name in ("institution", "faculty__institution", "department__institution"):
            inside |= Q((f"{name}__in", ids))
        inside |= Q(club__institution__in=ids)
        courses = audiences.port()
        if courses is not None:
            inside |= Q(course__in=courses.courses_within(ids))
        found: AnnouncementQuerySet = self.filter(inside).exclude(
            audience__in=[Audience.EVERYONE, Audience.ROLES]
        )
        return found

    def newest_first(self) -> "AnnouncementQuerySet":
        """Pinned ones before the others, each newest first."""
        found: AnnouncementQuerySet = self.order_by("-is_pinned", "-first_published_at", "-pk")
        return found

    def with_all(self) -> "AnnouncementQuerySet":
        """With what a card shows, by the same query."""
        found: AnnouncementQuerySet = self.select_related("category", "locale")
        return found


class AnnouncementPage(Page):
    """One announcement. Its audience sees it; for everyone else there is nothing at its address."""

    summary = models.CharField(
        _("summary"), max_length=300, help_text=_("Stands in lists, and in what people are told.")
    )
    body = RichTextField(_("body"), blank=True)
    category = models.ForeignKey(
        AnnouncementCategory,
        verbose_name=_("category"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="pages",
    )
    is_pinned = models.BooleanField(_("pinned"), default=False)
    audience = models.CharField(
        _("audience"), max_length=12, choices=Audience.choices, default=Audience.EVERYONE
    )
    roles = ParentalManyToManyField(
        Group, verbose_name=_("roles"), blank=True, related_name="announcements"
    )
    institution = models.ForeignKey(
        Institution,
        verbose_name=_("institution"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="announcements",
    )
    faculty = models.ForeignKey(
        Faculty,
        verbose_name=_("faculty"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="announcements",
    )
    department = models.ForeignKey(
        Department,
        verbose_name=_("department"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="announcements",
    )
    club = models.ForeignKey(
        Club,
        verbose_name=_("club"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="announcements",
    )
    #: The id of a course, which stands in a room above this one.
    course = models.BigIntegerField(_("course"), null=True, blank=True, db_index=True)

    objects = PageManager.from_queryset(AnnouncementQuerySet)()

    content_panels = [
        *Page.content_panels,
        FieldPanel("summary"),
        FieldPanel("body"),
        FieldPanel("category"),
        FieldPanel("is_pinned"),
        MultiFieldPanel(
            [
                FieldPanel("audience"),
                FieldPanel("roles"),
                *(FieldPanel(n) for n in ("institution", "faculty", "department", "club")),
                FieldPanel("course"),
            ],
            heading=_("For whom"),
            help_text=_("Those who are told once, when it is published for the first time."),
        ),
    ]
    search_fields = [
        *Page.search_fields,
        index.SearchField("summary"),
        index.SearchField("body"),
    ]
    base_form_class = AnnouncementPageForm
    parent_page_types = ["announcements.AnnouncementIndexPage"]
    subpage_types: list[str] = []
    template = "announcements/announcement.html"

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")

    @property
    def for_whom(self) -> str:
        """The audience in words."""
        kind = Audience(self.audience)
        courses = audiences.port()
        if kind == Audience.COURSE and courses is not None and self.course is not None:
            return courses.label(self.course)
        if kind in {Audience.EVERYONE, Audience.ROLES, Audience.COURSE}:
            return str(kind.label)
        return str(getattr(self, kind.value))

    def get_absolute_url(self) -> str:
        """Its address in the active language."""
        return reverse("announcements:announcement", args=[self.slug])

    def get_url_parts(self, request: HttpRequest | None = None) -> tuple[int, str, str] | None:
        """Its address in the page's language: the one that its view serves."""
        parts = super().get_url_parts(request)
        if parts is None:
            return None
        with translation.override(self.locale.language_code):
            return (parts[0], parts[1], self.get_absolute_url())

    def clean(self) -> None:
        """An audience needs what it names, and holds nothing else."""
        super().clean()
        named = (*(kind.value for kind in audiences.PLACES), Audience.CLUB, Audience.COURSE)
        for name in named:
            if name != self.audience:
                setattr(self, name, None)
            elif getattr(self, name if name == Audience.COURSE else f"{name}_id") is None:
                raise ValidationError({name: _("Say for which one it is.")})

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """At its own address, and only for its audience: its place in the tree tells nobody else of it."""
        if not getattr(request, "is_preview", False):
            seen = AnnouncementPage.objects.visible_to(request.user).filter(pk=self.pk)
            if not seen.exists():
                raise Http404
            match = getattr(request, "resolver_match", None)
            if match is not None and match.url_name == "wagtail_serve":
                return redirect(self.get_url(request) or "/")
        return super().serve(request, *args, **kwargs)


class AnnouncementNotice(models.Model):
    """That an announcement is told: once for it and its translations, whatever happens to them after.

    ``cursor`` is the id of the last account that was told; it moves in the transaction that tells.
    """

    translation_key = models.UUIDField(unique=True)
    cursor = models.BigIntegerField(default=0)
    told = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("notice of an announcement")
        verbose_name_plural = _("notices of announcements")

    def __str__(self) -> str:
        return f"{self.translation_key}: {self.told}"
