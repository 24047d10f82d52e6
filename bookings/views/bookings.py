"""Pages of bookings: asking for a hall, one's own, giving back, and an admin's decision."""

import datetime as dt
import re
import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bookings import queries, rules, services
from bookings.forms import AskHallForm, CancelForm, DecideHallForm, LookForm
from bookings.models import HallBooking
from bookings.services.deciding import plan
from bookings.views.halls import seen_hall
from campus.accounts.acting import acting_user
from campus.institutions.scope import administers
from campus.venues.models import Hall
from portal.errors import DomainError
from portal.pages import domain_errors_as_messages, done, guarded
from portal.permissions import requires

PER_PAGE = 30
OF_DECISION = "decision_%s"
"""The ids of the form that decides: the one that looks stands on the same page."""
GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])
_PREFILLED = re.compile(r"[0-9:-]{1,10}")


def _with_all(rows: Any) -> Any:
    return rows.select_related("hall__building", "asked_by", "decided_by", "source_type", "series")


@guarded(requires(rules.ASK))
@never_cache
@GET_OR_POST
def ask(request: HttpRequest, hall_id: int) -> HttpResponse:
    """Ask for a hall, once or every week; what is taken is told with what is free (B1, B2, B5)."""
    found = seen_hall(request, hall_id)
    user = acting_user(request)
    known = {
        name: text
        for name in ("day", "starts", "ends", "people")
        if _PREFILLED.fullmatch(text := request.GET.get(name, ""))
    }
    form = AskHallForm(
        request.POST or None,
        initial=known,
        user=user,
        may_ask_for_none=administers(user, found),
    )
    details: dict[str, Any] = {}
    if form.is_bound and form.is_valid():
        try:
            message = _asked(form, found, user)
        except DomainError as refusal:
            if refusal.status == 404:
                raise Http404 from refusal
            field = {
                "halls": None,
                "hall": None,
                "subject_type": "subject",
                "subject_id": "subject",
            }
            name = field.get(refusal.param or "", refusal.param)
            form.add_error(name if name in form.fields else None, str(refusal))
            details = refusal.details
        else:
            return done(request, message, to=reverse("bookings:mine"))
    context = {"hall": found, "form": form, **_told(details, form)}
    return render(request, "bookings/ask.html", context, status=422 if form.errors else 200)


def _asked(form: AskHallForm, hall: Hall, user: Any) -> str:
    data, period = form.cleaned_data, form.period
    subject = form.subject_for(user)
    if data["until"]:
        made = services.book_series(
            hall=hall,
            starts=period.starts,
            ends=period.ends,
            until=data["until"],
            purpose=data["purpose"],
            people=data["people"],
            subject=subject,
            wanted="free" if data["take_free"] else "all",
            actor=user,
        )
        count = sum(1 for one in made.dates if one.state == "booked")
        return ngettext("%(count)d date is booked.", "%(count)d dates are booked.", count) % {
            "count": count
        }
    asked = services.ask(
        wishes=[hall],
        periods=[period],
        purpose=data["purpose"],
        people=data["people"],
        subject=subject,
        if_taken="ask" if data["wait"] else "refuse",
        actor=user,
    )
    if asked.state == HallBooking.State.PENDING:
        return _("It is taken: the administration decides, and you are told.")
    return _("The hall is booked.")


def _told(details: dict[str, Any], form: AskHallForm) -> dict[str, Any]:
    """What a refusal says, with times as times."""
    query = {name: form.data.get(name, "") for name in ("day", "starts", "ends")}

    def timed(one: dict[str, Any]) -> dict[str, Any]:
        moments = {name: dt.datetime.fromisoformat(one[name]) for name in ("starts", "ends")}
        return {**one, **moments}

    return {
        "obstacles": [timed(one) for one in details.get("obstacles", ())],
        "alternatives": details.get("alternatives", ()),
        "dates": [timed(one) for one in details.get("dates", ())],
        "query": query,
    }


@guarded(requires(rules.VIEW))
@never_cache
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """What one asked for: what is to come first by time, then what is over (``?past=1``)."""
    rows = _with_all(HallBooking.objects.filter(asked_by=acting_user(request)))
    past = request.GET.get("past") == "1"
    now = timezone.now()
    rows = (
        rows.filter(ends__lte=now).order_by("-starts", "pk")
        if past
        else rows.filter(ends__gt=now).order_by("starts", "pk")
    )
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    subjects = queries.subjects_of(page.object_list)
    context = {
        "page": page,
        "rows": [(row, subjects.get(row.pk)) for row in page.object_list],
        "past": past,
        "waiting": _waiting_for(request.user),
    }
    return render(request, "bookings/mine.html", context)


def _waiting_for(user: Any) -> int:
    """How many requests wait for the reader's decision."""
    if not user.has_perm(rules.DECIDE):
        return 0
    rows = HallBooking.objects.pending().visible_to(user)
    return int(rows.exclude(asked_by=user).count())


@guarded(requires(rules.DECIDE))
@never_cache
@require_safe
def pending(request: HttpRequest) -> HttpResponse:
    """What waits for an admin's decision, the oldest first (B3)."""
    rows = _with_all(HallBooking.objects.pending().visible_to(request.user))
    page = Paginator(rows.order_by("created_at", "pk"), PER_PAGE).get_page(request.GET.get("page"))
    subjects = queries.subjects_of(page.object_list)
    listed = [(row, subjects.get(row.pk)) for row in page.object_list]
    return render(request, "bookings/pending.html", {"page": page, "rows": listed})


@guarded(requires(rules.VIEW))
@never_cache
@require_safe
def booking(request: HttpRequest, booking_id: uuid.UUID) -> HttpResponse:
    """One booking, as who asked and admins see it; with the way to give it back or to decide."""
    return _booking_page(request, _seen(request, booking_id), CancelForm())


def _seen(request: HttpRequest, booking_id: uuid.UUID) -> HallBooking:
    rows = _with_all(HallBooking.objects.visible_to(request.user))
    found: HallBooking = get_object_or_404(rows, pk=booking_id)
    return found


def _booking_page(request: HttpRequest, row: HallBooking, form: CancelForm) -> HttpResponse:
    decides = request.user.has_perm(rules.DECIDE, row)
    can_cancel = (
        row.state in HallBooking.ALIVE
        and not row.is_changed_elsewhere(is_admin=decides)
        and not row.holds_since_before(timezone.now())
    )
    context = {
        "booking": row,
        "subject": queries.subjects_of([row]).get(row.pk),
        "form": form if can_cancel else None,
        "decides": decides and row.state == HallBooking.State.PENDING,
    }
    return render(request, "bookings/booking.html", context, status=422 if form.errors else 200)


@guarded(requires(rules.CANCEL))
@require_POST
@domain_errors_as_messages
def cancel(request: HttpRequest, booking_id: uuid.UUID) -> HttpResponse:
    """Give it back (POST ``reason``)."""
    row = _seen(request, booking_id)
    form = CancelForm(request.POST)
    if not form.is_valid():
        return _booking_page(request, row, form)
    services.cancel(
        booking_id=row.pk, actor=acting_user(request), reason=form.cleaned_data["reason"]
    )
    return done(request, _("The booking is cancelled."), to=reverse("bookings:mine"))


@guarded(requires(rules.DECIDE))
@never_cache
@GET_OR_POST
def decide(request: HttpRequest, booking_id: uuid.UUID) -> HttpResponse:
    """Both sides of a conflict in a hall at a time (GET ``hall``, ``day``, ``starts``), and the decision.

    POST takes the same, ``note`` and ``decision`` (approve or reject). What an approval would turn down
    is shown beforehand (B3).
    """
    row = _seen(request, booking_id)
    if not request.user.has_perm(rules.DECIDE, row):
        raise Http404
    place = row.hall.building.institution_id
    halls = Hall.objects.active().filter(building__institution=place).select_related("building")
    sent = request.method == "POST"
    form = DecideHallForm(request.POST, halls=halls) if sent else LookForm(request.GET, halls=halls)
    valid = form.is_valid()
    hall = form.cleaned_data.get("hall") or row.hall
    moment = form.moment
    if sent and valid:
        try:
            return _decided(request, row, form, hall, moment)
        except DomainError as refusal:
            if refusal.status == 404:
                raise Http404 from refusal
            form.add_error(refusal.param if refusal.param in form.fields else None, str(refusal))
    return _decide_page(request, row, form, hall, moment, sent=sent)


def _decided(
    request: HttpRequest, row: HallBooking, form: LookForm, hall: Hall, moment: Any
) -> HttpResponse:
    user, note = acting_user(request), form.cleaned_data["note"]
    if request.POST.get("decision") == "approve":
        services.approve(
            booking_id=row.pk,
            actor=user,
            hall=None if hall.pk == row.hall_id else hall,
            starts=moment,
            note=note,
        )
        message = _("Approved. Who asked is told.")
    else:
        services.reject(booking_id=row.pk, actor=user, reason=note)
        message = _("Rejected. Who asked is told.")
    done(request, message)
    return HttpResponseRedirect(reverse("bookings:pending"))


def _decide_page(
    request: HttpRequest, row: HallBooking, form: LookForm, hall: Hall, moment: Any, *, sent: bool
) -> HttpResponse:
    looked = plan(booking=row, hall=hall, starts=moment)
    rows = [row, *looked.obstacles, *looked.turned_down]
    subjects = queries.subjects_of(rows)
    initial = {
        "hall": form.cleaned_data.get("hall"),
        "day": form.cleaned_data.get("day"),
        "starts": form.cleaned_data.get("starts"),
    }
    halls: Any = form.fields["hall"]
    context = {
        "booking": row,
        "subject": subjects.get(row.pk),
        "plan": looked,
        "obstacles": [(one, subjects.get(one.pk)) for one in looked.obstacles],
        "turned_down": [(one, subjects.get(one.pk)) for one in looked.turned_down],
        "alternatives": queries.alternatives([looked.hall], looked.periods, people=row.people),
        "look": LookForm(initial=initial, halls=halls.queryset) if sent else form,
        "form": form
        if sent
        else DecideHallForm(initial=initial, halls=halls.queryset, auto_id=OF_DECISION),
        "moment": moment,
        "is_open": row.state == HallBooking.State.PENDING,
    }
    status = 422 if form.errors else 200
    return render(request, "bookings/decide.html", context, status=status)
