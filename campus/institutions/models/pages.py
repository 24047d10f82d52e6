"""The editorial pages of institutions, faculties and departments: words in one language, facts live.

A profile has its public address whether or not anybody wrote a page; the view of that address serves the
page of its language where there is a live one (``portal.editorial``).
"""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page
from wagtail.search import index

from campus.institutions import extensions
from campus.institutions.blocks import DepartmentBlocks, ProfileBlocks
from campus.institutions.models.parts import Department, Faculty, Institution
from campus.institutions.page_forms import ScopedPageForm


class DirectoryPage(Page):
    """The directory of people and departments, with an editor's words above it."""

    intro = RichTextField(_("introduction"), blank=True)

    content_panels = [*Page.content_panels, FieldPanel("intro")]
    search_fields = [*Page.search_fields, index.SearchField("intro")]
    parent_page_types = ["home.HomePage"]
    subpage_types = [
        *("institutions.InstitutionPage", "institutions.FacultyPage"),
        *("institutions.DepartmentPage", "people.StaffPage"),
    ]
    max_count_per_parent = 1

    class Meta:
        verbose_name = _("directory page")

    def get_url_parts(self, request: HttpRequest | None = None) -> tuple[int, str, str] | None:
        """The address of the directory in the page's language: the one that its view serves."""
        parts = super().get_url_parts(request)
        if parts is None:
            return None
        with translation.override(self.locale.language_code):
            return (parts[0], parts[1], reverse("institutions:departments"))

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Its place in the tree leads to that address."""
        return redirect(self.get_url(request) or reverse("institutions:departments"))

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponseBase:
        """The directory with these words above it."""
        from campus.institutions.views import directory  # noqa: PLC0415 (views import the models)

        return directory(request, self)


class ProfilePage(Page):
    """What the pages on one thing share: its words; whose they are says ``subject_field``."""

    subject_field: ClassVar[str]

    summary = models.CharField(_("summary"), max_length=300, blank=True)

    promote_panels: ClassVar[list[Any]] = [
        MultiFieldPanel(
            [FieldPanel("seo_title"), FieldPanel("search_description")],
            _("For search engines"),
        )
    ]
    base_form_class = ScopedPageForm
    parent_page_types: ClassVar[list[str]] = ["institutions.DirectoryPage"]
    subpage_types: ClassVar[list[str]] = []
    page_cache_tags = ("institutions", "courses")

    class Meta:
        abstract = True

    @property
    def subject(self) -> Any:
        """What the page is about."""
        return getattr(self, self.subject_field)

    @property
    def is_shown(self) -> bool:
        """Whether what the page is about is public now; else there is nothing at its address."""
        return bool(getattr(self.subject, "is_public", True))

    @property
    def placed(self) -> frozenset[str]:
        """The kinds of blocks in the body: a live list that an editor has placed is not shown twice."""
        body: Any = getattr(self, "body", ())
        return frozenset(block.block_type for block in body)

    def slug_of_subject(self) -> str:
        """The slug of the page, once for what it is about."""
        return f"{self.subject_field}-{self.subject.slug}"

    def get_url_parts(self, request: HttpRequest | None = None) -> tuple[int, str, str] | None:
        """The address of what the page is about, in the page's language: the one that its view serves."""
        parts = super().get_url_parts(request)
        if parts is None:
            return None
        with translation.override(self.locale.language_code):
            return (parts[0], parts[1], self.subject.get_absolute_url())

    def full_clean(self, *args: Any, **kwargs: Any) -> None:
        """The slug is that of what the page is about, whatever was typed."""
        if getattr(self, f"{self.subject_field}_id") is not None:
            self.slug = self.slug_of_subject()[:255]
        super().full_clean(*args, **kwargs)

    def clean(self) -> None:
        """One page for a thing and a language; said before Wagtail finds the slug taken."""
        pk = getattr(self, f"{self.subject_field}_id")
        same = {f"{self.subject_field}_id": pk, "locale_id": self.locale_id}
        pages = type(self)._default_manager.filter(**same).exclude(pk=self.pk)
        if pk is not None and pages.exists():
            message = _("This has a page in this language already.")
            raise ValidationError({self.subject_field: message})
        super().clean()

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The same context as a profile without a page has."""
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        return {**context, **profile_context(self.subject)}

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """At the public address alone, and only while what it is about is public."""
        if not getattr(request, "is_preview", False):
            if not self.is_shown:
                raise Http404
            match = getattr(request, "resolver_match", None)
            if match is not None and match.url_name == "wagtail_serve":
                return redirect(self.get_url(request) or "/")
        return super().serve(request, *args, **kwargs)


def profile_context(thing: Any) -> dict[str, Any]:
    """``thing`` under the name of its model, and what other apps registered (``extensions``)."""
    return {thing._meta.model_name: thing, **extensions.additions(thing)}


_WORDS = [*Page.search_fields, index.SearchField("summary"), index.SearchField("body")]


class InstitutionPage(ProfilePage):
    """An editor's page on an institution. It may have one in each language."""

    institution = models.ForeignKey(
        Institution,
        verbose_name=_("institution"),
        on_delete=models.PROTECT,
        related_name="pages",
    )
    body = StreamField(ProfileBlocks(), blank=True, verbose_name=_("body"))

    subject_field = "institution"
    content_panels = [
        *Page.content_panels,
        *(FieldPanel(name) for name in ("institution", "summary", "body")),
    ]
    search_fields = _WORDS
    template = "institutions/institution.html"

    class Meta:
        verbose_name = _("institution page")


class FacultyPage(ProfilePage):
    """An editor's page on a faculty. It may have one in each language."""

    faculty = models.ForeignKey(
        Faculty, verbose_name=_("faculty"), on_delete=models.PROTECT, related_name="pages"
    )
    body = StreamField(ProfileBlocks(), blank=True, verbose_name=_("body"))

    subject_field = "faculty"
    content_panels = [
        *Page.content_panels,
        *(FieldPanel(name) for name in ("faculty", "summary", "body")),
    ]
    search_fields = _WORDS
    template = "institutions/faculty.html"

    class Meta:
        verbose_name = _("faculty page")


class DepartmentPage(ProfilePage):
    """An editor's page on a department. It may have one in each language."""

    department = models.ForeignKey(
        Department, verbose_name=_("department"), on_delete=models.PROTECT, related_name="pages"
    )
    body = StreamField(DepartmentBlocks(), blank=True, verbose_name=_("body"))

    subject_field = "department"
    content_panels = [
        *Page.content_panels,
        *(FieldPanel(name) for name in ("department", "summary", "body")),
    ]
    search_fields = _WORDS
    template = "institutions/department.html"

    class Meta:
        verbose_name = _("department page")
