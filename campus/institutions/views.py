"""The public directory of departments, and the profiles of institutions and their parts."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from campus.institutions.directory import PARAMS, DirectoryFilters, choices, list_departments
from campus.institutions.models import (
    Department,
    DepartmentPage,
    DirectoryPage,
    Faculty,
    FacultyPage,
    Institution,
    InstitutionPage,
)
from campus.institutions.models.pages import ProfilePage, profile_context
from portal.editorial import in_this_language, served
from portal.pagecache import may_cache
from portal.permissions import PUBLIC, declare

TAGS = ("institutions", "courses")


@declare(PUBLIC)
@require_safe
def departments(request: HttpRequest) -> HttpResponseBase:
    """The departments with search and filters; works as a plain form, and by htmx.

    Template ``institutions/directory.html``, for a request of htmx its part
    ``institutions/departments_results.html``. Context: ``filters``, ``found`` (a page of departments with
    ``course_count``, ``open_count`` and ``staff_count``), what the form offers, and ``page``, the live
    DirectoryPage of this language or None.
    """
    return directory(request, None)


def directory(request: HttpRequest, preview: DirectoryPage | None) -> HttpResponseBase:
    """The list, below the words of ``preview`` where an editor looks at a draft."""
    filters = DirectoryFilters.read(request.GET)
    context: dict[str, Any] = {
        "filters": filters,
        "found": list_departments(filters, number=request.GET.get("page", "1")),
    }
    return answer_list(request, context, "institutions/departments_results.html", preview)


def answer_list(
    request: HttpRequest, context: dict[str, Any], results: str, preview: Any = None
) -> HttpResponseBase:
    """The whole directory around ``results``, or for htmx the results alone."""
    htmx = getattr(request, "htmx", None)
    if htmx and not htmx.history_restore_request:
        answer: HttpResponseBase = render(request, results, context)
    else:
        may_cache(request, *TAGS, params=PARAMS)
        page = preview or in_this_language(DirectoryPage.objects)
        context |= {**choices(), "page": page, "results": results}
        answer = served(
            None if preview else page,
            request,
            lambda: render(request, "institutions/directory.html", context),
        )
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def profile(
    request: HttpRequest, thing: Any, pages: QuerySet[Any], template: str
) -> HttpResponseBase:
    """The profile of ``thing``: by its live page in this language, else by what the models know."""
    may_cache(request, *TAGS)
    page: ProfilePage | None = in_this_language(pages)
    if page is None:
        return render(request, template, {"page": None, **profile_context(thing)})
    setattr(page, page.subject_field, thing)
    return served(page, request, lambda: page.serve(request))


@declare(PUBLIC)
@require_safe
def institution(request: HttpRequest, slug: str) -> HttpResponseBase:
    """An institution with its faculties and departments; 404 for none."""
    found = Institution.objects.filter(slug=slug).first()
    if found is None:
        raise Http404
    pages = InstitutionPage.objects.filter(institution=found)
    return profile(request, found, pages, "institutions/institution.html")


@declare(PUBLIC)
@require_safe
def faculty(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A faculty with its departments; 404 for none."""
    found = Faculty.objects.filter(slug=slug).select_related("institution").first()
    if found is None:
        raise Http404
    pages = FacultyPage.objects.filter(faculty=found)
    return profile(request, found, pages, "institutions/faculty.html")


@declare(PUBLIC)
@require_safe
def department(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A department with its courses, programs and people; 404 for none."""
    rows = Department.objects.select_related("institution", "faculty__institution")
    found = rows.filter(slug=slug).first()
    if found is None:
        raise Http404
    pages = DepartmentPage.objects.filter(department=found)
    return profile(request, found, pages, "institutions/department.html")
