"""The catalog's pages: the list of courses, a course, and the way to contents and files (L2)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from wagtail.views import serve

from campus.notifications.bell import bell_of
from learning.catalog.filters import FILTERS, CourseFilters
from learning.catalog.models import CourseIndexPage, CoursePage
from learning.catalog.queries import (
    course_context,
    filter_choices,
    list_courses,
    openable_content,
    openable_resource,
    published_course,
)
from learning.catalog.rules import may_open
from portal.editorial import in_this_language, served
from portal.pagecache import may_cache
from portal.permissions import PUBLIC, declare
from portal.storages import file_answer


@declare(PUBLIC)
@require_safe
def courses(request: HttpRequest) -> HttpResponseBase:
    """The list of courses with its filters; works as a plain form, and by htmx.

    Template ``catalog/courses.html``; for a request of htmx (that is no history restore) its part
    ``catalog/courses_results.html``. Context:

    ``filters``     the ``CourseFilters`` that hold (``filters.level`` …; iterates as name, value)
    ``courses``     the courses of this page, each with ``department``, ``category`` and
                    ``open_sections`` (a number)
    ``total``       how many fit, at most 1,000; ``total_is_more`` if there are more
    ``next_query``, ``previous_query``   query strings of the neighboring pages, or None
    ``seasons``, ``levels``, ``categories``, ``departments``, ``tags``, ``deliveries``
                    what the form offers (``deliveries`` as pairs of value and name)
    ``page``        the live CourseIndexPage in this language, or None
    """
    filters = CourseFilters.read(request.GET)
    found = list_courses(filters, cursor=request.GET.get("cursor", ""))
    context: dict[str, Any] = {
        "filters": filters,
        "courses": found.courses,
        "total": found.total,
        "total_is_more": found.total_is_more,
        "next_query": _query(filters, found.next_cursor),
        "previous_query": _query(filters, found.previous_cursor),
    }
    htmx = getattr(request, "htmx", None)
    if htmx and not htmx.history_restore_request:
        answer: HttpResponseBase = render(request, "catalog/courses_results.html", context)
    else:
        may_cache(request, "courses", params=("cursor", *(choice.name for choice in FILTERS)))
        page = in_this_language(CourseIndexPage.objects)
        context |= {**filter_choices(), "page": page}
        answer = served(page, request, lambda: render(request, "catalog/courses.html", context))
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def _query(filters: CourseFilters, cursor: str | None) -> str | None:
    return None if cursor is None else "?" + urlencode([*filters, ("cursor", cursor)])


@declare(PUBLIC)
@require_safe
def course(request: HttpRequest, slug: str) -> HttpResponseBase:
    """One course: what the model knows, and the words of a live CoursePage in this language.

    Template ``catalog/course.html``, with the context of ``queries.course_context`` and ``page``,
    the CoursePage or None. The view restrictions of the page hold. What is no published course is
    left to Wagtail, which may have a page there, or answers 404.
    """
    bell_of(request)  # before what is shown: what changes from here on comes as an event
    found = published_course(slug)
    if found is None:
        return serve(request, f"courses/{slug}/")
    may_cache(request, f"course:{found.pk}")
    # Most courses have no page: that is remembered, and ends with the next page that is published.
    page = in_this_language(CoursePage.objects.filter(course=found)) if found.has_pages else None
    if page is None:
        # Without an editor's words, what the course says is the same until it changes.
        context = {
            "page": None,
            "parts": found.parts,
            **course_context(found, user=request.user),
        }
        return render(request, "catalog/course.html", context)
    page.course = found
    return served(page, request, lambda: page.serve(request))


@declare(PUBLIC)
@never_cache
@require_safe
def content(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One content of a course for who may open it (L2); everyone else is shown the way to enroll.

    Template ``catalog/content.html``, context: ``content``, ``course``, ``file_path`` for a document.
    """
    found = openable_content(pk)
    if found is None:
        raise Http404
    if not may_open(request.user, found):
        messages.info(
            request, _("Enroll in a section to open “%(title)s”.") % {"title": found.title}
        )
        return redirect(found.module.course)
    context = {"content": found, "course": found.module.course}
    return render(request, "catalog/content.html", context)


@declare(PUBLIC)
@never_cache
@require_safe
def content_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The document of a content, for who may open it (L2)."""
    found = openable_content(pk)
    if found is None or not found.file:
        raise Http404
    if not may_open(request.user, found):
        messages.info(
            request, _("Enroll in a section to open “%(title)s”.") % {"title": found.title}
        )
        return redirect(found.module.course)
    return file_answer(found.file, found.title)


@declare(PUBLIC)
@never_cache
@require_safe
def resource_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file of a resource, for who may have it."""
    found = openable_resource(pk, request.user)
    if found is None:
        raise Http404
    return file_answer(found.file, found.title)
