"""Pages of people: a parent's children, and the code by which a child takes over its account (P10)."""

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from campus.accounts.acting import acting_user
from campus.people import rules, services
from campus.people.forms import ClaimForm, EditChildForm, InviteForm, NewChildForm
from campus.people.models import Student
from campus.people.queries import children_of, guardianship_of
from portal.errors import DomainError
from portal.pages import domain_errors_as_messages, done, guarded
from portal.permissions import requires

GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])


@guarded(requires(rules.CHILDREN))
@never_cache
@GET_OR_POST
def new_child(request: HttpRequest) -> HttpResponse:
    """Tell of a child: a student without an account, whom the parent cares for."""
    form = NewChildForm(request.POST or None)
    made: list[Student] = []

    def create(data: dict[str, Any]) -> None:
        user = acting_user(request)
        made.append(services.create_child(guardian=user, actor=user, **data))

    if _stored(request, form, create):
        messages.success(request, _("%(child)s is added.") % {"child": made[0].name})
        return HttpResponseRedirect(_page_of(made[0]))
    return _form_page(request, "people/child_form.html", form, student=None)


@guarded(requires(rules.CHILDREN))
@never_cache
@GET_OR_POST
def edit_child(request: HttpRequest, student_id: uuid.UUID) -> HttpResponse:
    """Correct what is known of a child."""
    student = _child(request, student_id)
    fields = ("name", "date_of_birth", "semester", "batch")
    known = {field: getattr(student, field) for field in fields}
    form = EditChildForm(request.POST or None, initial=known)

    def change(data: dict[str, Any]) -> None:
        services.edit_child(student=student, changes=data, actor=acting_user(request))

    if _stored(request, form, change):
        messages.success(request, _("Saved."))
        return HttpResponseRedirect(_page_of(student))
    return _form_page(request, "people/child_form.html", form, student=student)


@guarded(requires(rules.CHILDREN))
@never_cache
@GET_OR_POST
def invite(request: HttpRequest, student_id: uuid.UUID) -> HttpResponse:
    """Send a code: for the child's own account, or for another guardian."""
    student = _child(request, student_id)
    form = InviteForm(request.POST or None, student=student)

    def send(data: dict[str, Any]) -> None:
        services.invite(
            student=student,
            actor=acting_user(request),
            purpose=data["purpose"],
            **({"relationship": data["relationship"]} if data["relationship"] else {}),
            **form.address(),
        )

    if _stored(request, form, send):
        messages.success(request, _("The code is sent."))
        return HttpResponseRedirect(_page_of(student))
    return _form_page(request, "people/invite.html", form, student=student)


@guarded(requires(rules.CHILDREN))
@require_POST
@domain_errors_as_messages
def leave(request: HttpRequest, student_id: uuid.UUID) -> HttpResponse:
    """Care for a child no longer."""
    user = acting_user(request)
    found = guardianship_of(student_id=student_id, guardian=user)
    services.remove_guardian(guardianship_id=found.pk, actor=user)
    messages.success(request, _("You are not a guardian of this student any more."))
    return HttpResponseRedirect(reverse("home:dashboard"))


@guarded(requires(rules.CLAIM))
@never_cache
@GET_OR_POST
def claim(request: HttpRequest) -> HttpResponse:
    """Enter the code of an invitation."""
    form = ClaimForm(request.POST or None)

    def use(data: dict[str, Any]) -> None:
        services.hand_over_account(code=data["invitation_code"], user=acting_user(request))

    if _stored(request, form, use, field="invitation_code"):
        return done(request, _("The code is accepted."), to=reverse("home:dashboard"))
    return _form_page(request, "people/claim.html", form)


def _child(request: HttpRequest, student_id: uuid.UUID) -> Student:
    """A child of the reader; another family's is answered as one that does not exist."""
    return get_object_or_404(children_of(request.user), pk=student_id)


def _page_of(student: Student) -> str:
    return reverse("home:child", args=[student.pk])


def _stored(
    request: HttpRequest,
    form: forms.Form,
    store: Callable[[dict[str, Any]], None],
    *,
    field: str | None = None,
) -> bool:
    """Whether the form was sent, is valid and the service took it; else its errors stand in it."""
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        store(form.cleaned_data)
    except DomainError as refusal:
        at = field or (refusal.param if refusal.param in form.fields else None)
        form.add_error(at, str(refusal))
        return False
    return True


def _form_page(
    request: HttpRequest, template: str, form: forms.Form, **context: Any
) -> HttpResponse:
    status = 422 if form.is_bound and form.errors else 200
    return render(request, template, {"form": form, **context}, status=status)
