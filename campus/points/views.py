"""Pages of points: one's own, a child's or mentee's, and what a mentor decides in bulk."""

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campus.accounts.acting import acting_user
from campus.people.models import Student
from campus.people.queries import student_of
from campus.points import queries, rules, services
from campus.points.forms import AskForm, DecisionForm
from campus.points.models import PointCategory, PointTransaction, students_seen_by
from portal.errors import DomainError
from portal.pages import domain_errors_as_messages, done, guarded
from portal.permissions import requires
from portal.storages import file_answer

PER_PAGE = 50


def _with_all(rows: Any) -> Any:
    return rows.select_related("category", "student", "evidence", "decided_by")


def _page_of(request: HttpRequest, student: Student, **context: Any) -> HttpResponse:
    rows = _with_all(PointTransaction.objects.filter(student=student))
    page = Paginator(rows.order_by("-created_at", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    form = context.get("form")
    status = 422 if form is not None and form.is_bound and form.errors else 200
    facts = {
        "student": student,
        "balance": queries.balance_of(student),
        "page": page,
        "rows": page.object_list,
        **context,
    }
    return render(request, "points/student.html", facts, status=status)


@guarded(requires(rules.ASK))
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """The student's own points, and the form that asks for more (``points/student.html``)."""
    student = student_of(request.user)
    if student is None:
        raise Http404
    categories = PointCategory.objects.filter(institution=student.institution, is_active=True)
    form = AskForm(request.POST or None, request.FILES or None, categories=categories)
    if request.method == "POST" and form.is_valid():
        try:
            services.ask(student=student, actor=acting_user(request), **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(refusal.param if refusal.param in form.fields else None, str(refusal))
        else:
            return done(
                request, _("Your mentor is asked for the points."), to=reverse("points:mine")
            )
    return _page_of(request, student, form=form, own=True)


@guarded(requires(rules.VIEW))
@never_cache
@require_safe
def of_student(request: HttpRequest, student_id: uuid.UUID) -> HttpResponse:
    """A child's or mentee's points, as far as the reader sees them; else nothing (404)."""
    student = get_object_or_404(students_seen_by(request.user), pk=student_id)
    return _page_of(request, student, own=student.user_id == request.user.pk)


@guarded(requires(rules.DECIDE))
@never_cache
@require_safe
def deciding(request: HttpRequest) -> HttpResponse:
    """What waits for the reader's decision (``points/deciding.html``), the oldest first."""
    return _deciding_page(request, DecisionForm())


def _deciding_page(request: HttpRequest, form: DecisionForm) -> HttpResponse:
    rows = PointTransaction.objects.pending().decided_by_now(request.user)
    wanted = request.GET.get("category", "")
    categories = PointCategory.objects.filter(pk__in=rows.values("category")).order_by("code")
    chosen = next((one for one in categories if str(one.pk) == wanted), None)
    if chosen is not None:
        rows = rows.filter(category=chosen)
    page = Paginator(_with_all(rows).order_by("created_at", "pk"), PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "page": page,
        "rows": page.object_list,
        "categories": categories,
        "chosen": chosen,
        "form": form,
        "ticked": request.POST.getlist("transaction"),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "points/deciding.html", context, status=status)


@guarded(requires(rules.DECIDE))
@require_POST
@domain_errors_as_messages
def decide(request: HttpRequest) -> HttpResponse:
    """Approve or reject those that are ticked (POST ``transaction``, ``decision``, ``reason``)."""
    ticked = request.POST.getlist("transaction")
    try:
        chosen = [uuid.UUID(one) for one in ticked]
    except ValueError:
        raise Http404 from None
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _deciding_page(request, form)
    approve = request.POST.get("decision") == "approve"
    rows = services.decide(
        transactions=chosen,
        approve=approve,
        actor=acting_user(request),
        reason=form.cleaned_data["reason"],
    )
    count = len(rows)
    message = (
        ngettext("%(count)d approved.", "%(count)d approved.", count)
        if approve
        else ngettext("%(count)d rejected.", "%(count)d rejected.", count)
    )
    return done(request, message % {"count": count}, to=reverse("points:deciding"))


@guarded(requires(rules.VIEW))
@never_cache
@require_safe
def evidence(request: HttpRequest, transaction_id: uuid.UUID) -> HttpResponseBase:
    """The file that a student showed, for those who see the transaction; asked at each download."""
    rows = PointTransaction.objects.visible_to(request.user).select_related("evidence")
    row = get_object_or_404(
        rows.exclude(evidence__file="").exclude(evidence=None), pk=transaction_id
    )
    return file_answer(row.evidence.file, row.title)
