"""The course beside its editorial page, for headless front ends (F3)."""

from typing import Any

from rest_framework.request import Request

from learning.catalog.api.serializers import CourseSerializer
from learning.catalog.models import CoursePage
from learning.catalog.queries import published_course, sections_of
from portal.api.pages import operational


@operational("catalog.CoursePage")
def course_of_page(page: CoursePage, request: Request) -> dict[str, Any]:
    """The published course with its sections of active seasons; null while it is not published."""
    course = published_course(page.course.slug)
    if course is None:
        return {"course": None}
    told: Any = course
    told.shown_sections = sections_of(course)
    return {"course": CourseSerializer(told).data}
