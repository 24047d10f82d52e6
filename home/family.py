"""Pages of those who care for others: a child's week for parents (P10), mentees for mentors."""

import uuid

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from campus.people import rules
from campus.people.queries import children_of, guardians_of, mentees_of
from home.week import lay_out
from learning.enrollments.families import cards_of
from learning.enrollments.queries import enrollments_of, requests_of, week_of
from portal.pages import guarded
from portal.permissions import requires

MENTEES_ON_A_PAGE = 24


@guarded(requires(rules.CHILDREN))
@never_cache
@require_safe
def child(request: HttpRequest, student_id: uuid.UUID) -> HttpResponse:
    """``home/child.html``: a child's next lesson, courses, requests, week and guardians.

    Each part of the page is a template in ``home/child/``; what else parents see of a child (P10) is one
    more there. Another family's child is answered as one that does not exist.
    """
    student = get_object_or_404(children_of(request.user), pk=student_id)
    [card] = cards_of([student])
    week = week_of(student)
    context = {
        "student": student,
        "card": card,
        "enrollments": list(enrollments_of(student)),
        "requests": list(requests_of(student)),
        "grid": lay_out(week),
        "guardians": list(guardians_of(student)),
    }
    return render(request, "home/child.html", context)


@guarded(requires(rules.MENTEES))
@never_cache
@require_safe
def mentees(request: HttpRequest) -> HttpResponse:
    """``home/mentees.html``: the reader's mentees, by name, 24 on a page, with what they take."""
    pages = Paginator(mentees_of(request.user), MENTEES_ON_A_PAGE)
    page = pages.get_page(request.GET.get("page"))
    context = {"page": page, "cards": cards_of(page.object_list), "count": pages.count}
    return render(request, "home/mentees.html", context)
