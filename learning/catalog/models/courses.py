"""What is taught: seasons, programs, courses and what they hold."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from taggit.managers import TaggableManager
from taggit.models import ItemBase, TagBase
from wagtail.search import index
from wagtail.search.queryset import SearchableQuerySetMixin

from campus.institutions.models import Department, Institution
from campus.people.models import StaffProfile
from learning.catalog.files import private_path, private_storage


class Season(models.Model):  # type: ignore[django-manager-missing]  # told too late
    """A span in which sections run: a semester, a summer camp, Ramadan."""

    class Kind(models.TextChoices):
        SEMESTER = "semester", _("semester")
        SUMMER = "summer", _("summer term")
        SUMMER_CAMP = "summer_camp", _("summer camp")
        SCHOOL = "school", _("school year")
        RAMADAN = "ramadan", _("Ramadan")
        EID = "eid", _("Eid")
        OTHER = "other", _("other")

    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="seasons")
    code = models.SlugField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.SEMESTER)
    starts = models.DateField(_("starts"))
    ends = models.DateField(_("ends"))
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ["-starts"]
        verbose_name = _("season")
        verbose_name_plural = _("seasons")
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "code"], name="catalog_season_code_once"
            ),
            models.CheckConstraint(
                condition=Q(ends__gte=F("starts")),
                name="catalog_season_ends_after_start",
                violation_error_message=_("A season ends on or after the day it starts."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """The last day is not before the first."""
        if self.starts and self.ends and self.ends < self.starts:
            raise ValidationError({"ends": _("A season ends on or after the day it starts.")})


class Program(models.Model):
    """A course of study that leads to a degree."""

    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="programs")
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=200)
    degree = models.CharField(_("degree"), max_length=100, blank=True)
    duration_months = models.PositiveSmallIntegerField(_("months"), null=True, blank=True)

    class Meta:
        ordering = ["code"]
        verbose_name = _("program")
        verbose_name_plural = _("programs")
        constraints = [
            models.UniqueConstraint(
                fields=["department", "code"], name="catalog_program_code_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    """A broad field that courses are filed under."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    slug = models.SlugField(_("slug"), max_length=100, unique=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("category")
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return self.name


class CourseTag(TagBase):
    """A tag of the catalog, apart from the tags of images and documents."""

    class Meta:
        verbose_name = _("course tag")
        verbose_name_plural = _("course tags")


class TaggedCourse(ItemBase):
    """A tag on a course."""

    content_object = models.ForeignKey(
        "catalog.Course", on_delete=models.CASCADE, related_name="tagged"
    )
    tag = models.ForeignKey(CourseTag, on_delete=models.CASCADE, related_name="tagged")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["content_object", "tag"], name="catalog_tag_once"),
        ]


class CourseQuerySet(SearchableQuerySetMixin, models.QuerySet["Course"]):
    """The reads of courses."""

    def published(self) -> "CourseQuerySet":
        """Those that everyone may see."""
        return self.filter(is_published=True)


class Course(index.Indexed, models.Model):  # type: ignore[django-manager-missing]  # taggit, Wagtail
    """Something that can be learned here; its sections are when and with whom."""

    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="courses")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="courses")
    code = models.CharField(_("code"), max_length=40, help_text=_("Such as AAS 201."))
    slug = models.SlugField(_("slug"), max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    level = models.CharField(_("level"), max_length=20, blank=True)
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, null=True, blank=True, related_name="courses"
    )
    credit_min = models.DecimalField(
        _("credit hours from"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    credit_max = models.DecimalField(
        _("credit hours to"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    notes = models.TextField(_("notes on credit and registration"), blank=True)
    prerequisite_text = models.TextField(
        _("prerequisites in words"),
        blank=True,
        help_text=_("As the source says them; only the courses chosen below are checked."),
    )
    prerequisites = models.ManyToManyField(
        "self", symmetrical=False, blank=True, related_name="required_by"
    )
    programs = models.ManyToManyField(Program, blank=True, related_name="courses")
    tags = TaggableManager(through=TaggedCourse, blank=True)
    thumbnail = models.ForeignKey(
        "wagtailimages.Image", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    author = models.ForeignKey(
        StaffProfile,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        help_text="The teacher who made it, and writes it before any section has instructors.",
    )
    is_featured = models.BooleanField(_("featured"), default=False)
    is_published = models.BooleanField(_("published"), default=True)
    imported = models.JSONField(
        null=True,
        blank=True,
        editable=False,
        help_text="What the source last said: an import writes only what the source changed since.",
    )
    updated_at = models.DateTimeField(auto_now=True)

    objects = CourseQuerySet.as_manager()

    search_fields: ClassVar = [
        index.SearchField("code", boost=10),
        index.SearchField("title", boost=5),
        index.SearchField("description"),
        index.AutocompleteField("code"),
        index.AutocompleteField("title"),
        index.FilterField("is_published"),
    ]

    class Meta:
        ordering = ["code"]
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "code"], name="catalog_course_code_once"
            ),
            models.CheckConstraint(
                condition=Q(credit_max__isnull=True) | Q(credit_max__gte=F("credit_min")),
                name="catalog_course_credit_range",
                violation_error_message=_("The most credit hours are not fewer than the least."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["code", "id"], name="catalog_course_list", condition=Q(is_published=True)
            ),
            models.Index(
                fields=["level", "code", "id"],
                name="catalog_course_by_level",
                condition=Q(is_published=True),
            ),
            models.Index(
                fields=["department", "code", "id"],
                name="catalog_course_by_department",
                condition=Q(is_published=True),
            ),
            models.Index(
                fields=["category", "code", "id"],
                name="catalog_course_by_category",
                condition=Q(is_published=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    def get_absolute_url(self) -> str:
        """The public page, in the language that is active."""
        return reverse("catalog:course", args=[self.slug])

    def clean(self) -> None:
        """The most credit hours are not fewer than the least."""
        least, most = self.credit_min, self.credit_max
        for name, hours in {"credit_min": least, "credit_max": most}.items():
            if hours is not None and hours < 0:
                raise ValidationError({name: _("Credit hours are not negative.")})
        if least is not None and most is not None and most < least:
            raise ValidationError(
                {"credit_max": _("The most credit hours are not fewer than the least.")}
            )


class Module(ClusterableModel):
    """A chapter of a course."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="modules")
    title = models.CharField(_("title"), max_length=200)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("module")
        verbose_name_plural = _("modules")

    def __str__(self) -> str:
        return self.title


class Content(models.Model):
    """One piece of a module: a video, a text or a document (L2 says who may open it)."""

    class Kind(models.TextChoices):
        VIDEO = "video", _("video")
        TEXT = "text", _("text")
        DOCUMENT = "document", _("document")

    module = ParentalKey(Module, on_delete=models.CASCADE, related_name="contents")
    title = models.CharField(_("title"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    text = models.TextField(_("text"), blank=True)
    video_url = models.URLField(_("video address"), blank=True)
    video_seconds = models.PositiveIntegerField(_("length in seconds"), null=True, blank=True)
    file = models.FileField(_("file"), upload_to=private_path, storage=private_storage, blank=True)
    is_preview = models.BooleanField(_("preview for everyone"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("content")
        verbose_name_plural = _("contents")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Where those who may open it read it."""
        return reverse("catalog:content", args=[self.pk])


class Resource(models.Model):
    """A file beside the teaching: a syllabus, a reading list, by course, department and semester."""

    title = models.CharField(_("title"), max_length=200)
    course = models.ForeignKey(
        Course, on_delete=models.CASCADE, null=True, blank=True, related_name="resources"
    )
    department = models.ForeignKey(
        Department, on_delete=models.CASCADE, null=True, blank=True, related_name="resources"
    )
    semester = models.PositiveSmallIntegerField(_("semester"), null=True, blank=True)
    file = models.FileField(_("file"), upload_to=private_path, storage=private_storage)
    is_public = models.BooleanField(_("for everyone"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["title"]
        verbose_name = _("resource")
        verbose_name_plural = _("resources")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Where those who may have it download it."""
        return reverse("catalog:resource_file", args=[self.pk])
