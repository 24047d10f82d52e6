"""Everyone's dashboard: what is next today, and what waits for the one who looks."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from bookings.models import HallBooking
from bookings.rules import DECIDE as DECIDE_HALLS
from campus.events.filters import with_place
from campus.events.queries import coming_registrations, organized
from campus.institutions.scope import within_scope
from campus.notifications.bell import bell_of
from campus.people.queries import children_of, mentees_of, student_of
from campus.points.models import PointTransaction
from campus.points.queries import balance_of
from home.queries import newest_announcements
from home.week import lay_out
from learning.catalog.models import Meeting, Section
from learning.enrollments.families import cards_of
from learning.enrollments.queries import dashboard_of, teaching_of
from portal.pages import guarded
from portal.permissions import SIGNED_IN
from portal.reports.rules import READ as READ_REPORTS
from portal.roles import Role

NEWEST, NEXT = 3, 5
"""How many announcements, and how many events, a dashboard shows."""


@guarded(SIGNED_IN)
@never_cache
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """The reader's own day, by role; a person with two roles sees both.

    Template ``home/dashboard.html``: ``learns``, ``cares``, ``teaches``, ``mentors``, ``edits``,
    ``reads_reports``, ``organizes`` and ``decides_halls`` say which parts show; ``family``
    holds a card for each child (P10), ``mentee_count`` how many mentees there are;
    ``points_to_decide`` how many points wait for a mentor, ``halls_to_decide`` how many requests;
    ``taking_part`` what the reader and their children are registered for, ``organizing`` the next events of
    an organizer's clubs, ``announcements`` the newest for the reader;
    ``enrollments``, ``requests`` and ``points`` (a balance) of a student; ``teaching`` of a teacher;
    ``today`` (meetings), ``next_start`` (the section that begins next) and ``grid`` of either, a
    student's week first.
    """
    bell_of(request)  # before the rows: what changes from here on comes as an event
    user: Any = request.user
    student = student_of(user)
    context: dict[str, Any] = {
        "learns": student is not None,
        "cares": user.has_role(Role.PARENT),
        "teaches": user.has_role(Role.TEACHER),
        "mentors": user.has_role(Role.MENTOR),
        "edits": user.has_perm("wagtailadmin.access_admin"),
        "reads_reports": user.has_perm(READ_REPORTS),
        "organizes": user.has_role(Role.ORGANIZER),
        "decides_halls": user.has_perm(DECIDE_HALLS),
        "announcements": newest_announcements(user, NEWEST),
    }
    if user.has_role(Role.STUDENT, Role.PARENT, Role.TEACHER, Role.MENTOR):
        context["taking_part"] = coming_registrations(user, NEXT)
    if context["organizes"]:
        context["organizing"] = list(with_place(organized(user).coming())[:NEXT])
    if context["decides_halls"]:
        pending = HallBooking.objects.pending()
        context["halls_to_decide"] = within_scope(pending, user).count()
    sections: list[Section] = []
    if context["cares"]:
        context["family"] = cards_of(children_of(user))
    if context["mentors"]:
        context["mentee_count"] = mentees_of(user).count()
        waiting = PointTransaction.objects.pending().decided_by_now(user)
        context["points_to_decide"] = waiting.count()
    if student is not None:
        context |= dashboard_of(student)
        context["points"] = balance_of(student)
        sections = [enrollment.section for enrollment in context["enrollments"]]
    if context["teaches"]:
        teaching = teaching_of(user)
        context["teaching"] = teaching
        context["week"] = _together(context.get("week"), teaching["week"])
        sections += teaching["sections"]
    if context.get("week"):
        context["grid"] = lay_out(context["week"])
        context["today"] = _today(context["week"])
        context["next_start"] = _next_start(sections)
    return render(request, "home/dashboard.html", context)


def _together(one: list[Any] | None, other: list[Any]) -> list[Any]:
    """The hours that someone learns and those that they teach, in one week."""
    if one is None:
        return other
    for day, more in zip(one, other, strict=True):
        day.meetings.extend(more.meetings)
    return one


def _today(week: list[Any]) -> list[Meeting]:
    """The hours of today in sections that have begun."""
    today = timezone.localdate()
    return [
        meeting
        for day in week
        if day.is_today
        for meeting in sorted(day.meetings, key=lambda found: found.starts)
        if meeting.section.starts is None or meeting.section.starts <= today
    ]


def _next_start(sections: list[Section]) -> Section | None:
    """The section that begins next, if one has not begun yet."""
    today = timezone.localdate()
    coming = [section for section in sections if section.starts and section.starts > today]
    return min(coming, key=lambda section: section.starts or today, default=None)
