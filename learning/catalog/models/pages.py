"""The editorial pages of courses: their words in one language; what is operational stays in the model."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page
from wagtail.search import index

from campus.institutions.page_forms import ScopedPageForm
from learning.catalog.blocks import CourseBodyBlocks
from learning.catalog.models.courses import Course
from learning.catalog.queries import course_context


class CourseIndexPage(Page):
    """The list of courses with an editor's words above it."""

    intro = RichTextField(_("introduction"), blank=True)

    content_panels = [*Page.content_panels, FieldPanel("intro")]
    search_fields = [*Page.search_fields, index.SearchField("intro")]
    parent_page_types = ["home.HomePage"]
    subpage_types = ["catalog.CoursePage"]
    max_count_per_parent = 1

    class Meta:
        verbose_name = _("course list page")

    def get_url_parts(self, request: HttpRequest | None = None) -> tuple[int, str, str] | None:
        """The address of the list in the page's language: the one that the list's view serves."""
        parts = super().get_url_parts(request)
        if parts is None:
            return None
        with translation.override(self.locale.language_code):
            return (parts[0], parts[1], reverse("catalog:courses"))


class CoursePage(Page):
    """An editor's page on one course. One course may have a page in each language."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="pages")
    summary = models.CharField(_("summary"), max_length=300, blank=True)
    body = StreamField(CourseBodyBlocks(), blank=True, verbose_name=_("body"))

    content_panels = [
        *Page.content_panels,
        FieldPanel("course"),
        FieldPanel("summary"),
        FieldPanel("body"),
    ]
    search_fields = [
        *Page.search_fields,
        index.SearchField("summary"),
        index.SearchField("body"),
    ]
    base_form_class = ScopedPageForm
    parent_page_types = ["catalog.CourseIndexPage"]
    subpage_types: list[str] = []
    template = "catalog/course.html"

    class Meta:
        verbose_name = _("course page")

    def get_url_parts(self, request: HttpRequest | None = None) -> tuple[int, str, str] | None:
        """The address of the course in the page's language: the same that the course's view serves."""
        parts = super().get_url_parts(request)
        if parts is None:
            return None
        with translation.override(self.locale.language_code):
            return (parts[0], parts[1], self.course.get_absolute_url())

    def clean(self) -> None:
        """One page for a course and a language; its address is the course's."""
        super().clean()
        if self.course_id is None:
            return
        self.slug = self.course.slug
        others = CoursePage.objects.filter(course=self.course, locale_id=self.locale_id)
        if others.exclude(pk=self.pk).exists():
            raise ValidationError({"course": _("This course has a page in this language already.")})

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The same context as a course without an editorial page has."""
        return {
            **super().get_context(request, *args, **kwargs),
            **course_context(self.course, user=request.user),
        }
