"""Courses of a catalog: the fields, tags and prerequisites that the source changed."""

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.text import slugify

from learning.catalog.imports.bulk import chunks, differences, told
from learning.catalog.imports.held import Held
from learning.catalog.imports.rows import CourseRow
from learning.catalog.models import Course, TaggedCourse
from learning.catalog.services.bulk import free_course_slugs, index_courses
from portal.audit import record_many

COURSE_FIELDS = (
    "title", "description", "notes", "prerequisite_text", "level", "credit_min", "credit_max",
    "department", "category",
)  # fmt: skip


class CourseWriter:
    """Writes courses into what an import holds."""

    def __init__(self, held: Held) -> None:
        self.held = held

    def write(self, rows: list[CourseRow]) -> None:
        """Write them all, then what they need of each other."""
        touched: dict[str, tuple[CourseRow, dict[str, Any]]] = {}
        for part in chunks(rows):
            touched |= self._write_course_rows(part)
        # Prerequisites point to courses that may stand later in the file: they come last.
        needed = {code for row, old in touched.values() for code in row.prerequisites}
        missing = [code for code in needed if code not in self.held.courses]
        for codes in chunks(missing):
            for course in Course.objects.filter(institution=self.held.institution, code__in=codes):
                self.held.courses[course.code] = course
        for changed in chunks(touched.values()):
            self._link_courses(changed)

    def _write_course_rows(
        self, rows: list[CourseRow]
    ) -> dict[str, tuple[CourseRow, dict[str, Any]]]:
        existing = {
            course.code: course
            for course in Course.objects.filter(
                institution=self.held.institution, code__in=[row.code for row in rows]
            )
        }
        slugs = free_course_slugs([row.code for row in rows if row.code not in existing])
        new: list[Course] = []
        changed: list[Course] = []
        entries: list[tuple[models.Model, dict[str, Any]]] = []
        touched: dict[str, tuple[CourseRow, dict[str, Any]]] = {}
        for row in rows:
            snapshot = row.snapshot()
            course = existing.get(row.code)
            if course and course.imported == snapshot:
                self.held.courses[row.code] = course
                continue
            old = (course.imported if course else None) or {}
            values = {
                **row.values,
                "department": self.held.departments[row.department],
                "category": self.held.categories.get(slugify(row.category)),
            }
            if course is None:
                course = Course(
                    institution=self.held.institution, code=row.code, slug=slugs[row.code]
                )
                new.append(course)
            else:
                changed.append(course)
            said = differences(old, snapshot)
            for name in COURSE_FIELDS:
                if name in said:
                    setattr(course, name, values[name])
            course.imported = snapshot
            course.updated_at = timezone.now()
            self.held.courses[row.code] = course
            touched[row.code] = (row, old)
            entries.append((course, told(old, snapshot)))
        if new:
            Course.objects.bulk_create(new)
        if changed:
            Course.objects.bulk_update(changed, [*COURSE_FIELDS, "imported", "updated_at"])
        self.held.count("courses", new, changed)
        record_many(action="catalog.import", entries=entries, actor=self.held.actor)
        index_courses([*new, *changed], known=changed)
        return touched

    def _link_courses(self, touched: list[tuple[CourseRow, dict[str, Any]]]) -> None:
        """Add the tags and prerequisites that the source says anew; take none away but its own."""
        ids = [self.held.courses[row.code].pk for row, _old in touched]
        tags: list[TaggedCourse] = []
        needs: list[models.Model] = []
        through: Any = Course.prerequisites.through
        had_tags = set(
            TaggedCourse.objects.filter(content_object__in=ids).values_list(
                "content_object_id", "tag_id"
            )
        )
        had_needs = set(
            through.objects.filter(from_course__in=ids).values_list(
                "from_course_id", "to_course_id"
            )
        )
        for row, old in touched:
            course = self.held.courses[row.code]
            for tag in set(row.tags) - set(old.get("tags", ())):
                if (course.pk, self.held.tags[slugify(tag)].pk) not in had_tags:
                    tags.append(
                        TaggedCourse(content_object=course, tag=self.held.tags[slugify(tag)])
                    )
            for code in set(row.prerequisites) - set(old.get("prerequisites", ())):
                needed = self.held.courses[code]
                if (course.pk, needed.pk) not in had_needs:
                    needs.append(through(from_course_id=course.pk, to_course_id=needed.pk))
        TaggedCourse.objects.bulk_create(
            sorted(tags, key=lambda t: (t.content_object_id, t.tag_id))
        )
        through.objects.bulk_create(needs)
        self._unlink_courses(touched, through)

    def _unlink_courses(
        self, touched: list[tuple[CourseRow, dict[str, Any]]], through: Any
    ) -> None:
        """Take away what the source no longer says."""
        no_tags = models.Q()
        no_needs = models.Q()
        for row, old in touched:
            course = self.held.courses[row.code]
            gone_tags = set(old.get("tags", ())) - set(row.tags)
            if gone_tags:
                no_tags |= models.Q(
                    content_object=course, tag__slug__in=[slugify(tag) for tag in gone_tags]
                )
            gone_needs = set(old.get("prerequisites", ())) - set(row.prerequisites)
            if gone_needs:
                no_needs |= models.Q(from_course=course, to_course__code__in=gone_needs)
        if no_tags:
            TaggedCourse.objects.filter(no_tags).delete()
        if no_needs:
            through.objects.filter(no_needs).delete()
