"""Writing events in the Wagtail admin, and what is done to one: the organizers' forms, the same services."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from campus.accounts.acting import acting_user
from campus.clubs.models import Club
from campus.events import queries, rules, services
from campus.events.filters import with_place
from campus.events.form_fields import SessionFormSet, rows_of
from campus.events.forms import ClubForm, CopyForm, EventForm, ReasonForm, RepeatForm, WishesForm
from campus.events.models import Event
from campus.events.services.drafts import wishes_of
from campus.events.sessions import slots_of, zone_of
from campus.events.views.base import sentence_of, show
from campus.events.writing import all_valid, changes_of, forms_of, hall_told, move_told
from portal.errors import DomainError
from portal.permissions import requires
from portal.service_forms import ServiceForm, Way

EVENTS = "event"
"""The name of the room, and of its addresses."""


def by_clock_of(event: Event, answering: Callable[[], Any]) -> HttpResponseBase:
    """The answer, made and rendered by the clock of the event's place."""
    with timezone.override(zone_of(event)):
        answer: Any = answering()
        return answer.render() if hasattr(answer, "render") else answer


class OfEvent:
    """A page about one event within reach: 404 for others, 403 for one that is not theirs to write.

    Its forms speak of hours by the clock of the event's place.
    """

    policy = requires(rules.MANAGE)
    request: Any
    event: Event

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find the event."""
        seen = with_place(queries.organized(request.user))
        self.event = get_object_or_404(seen, pk=kwargs["pk"])
        if not request.user.has_perm(rules.MANAGE, self.event):
            raise PermissionDenied
        parent: Any = super()
        return by_clock_of(self.event, lambda: parent.dispatch(request, *args, **kwargs))

    def get_page_subtitle(self) -> str:
        """Which."""
        return self.event.title

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Events, the event, and this."""
        return [
            *self.breadcrumbs_items,  # type: ignore[attr-defined]
            {"url": reverse(f"{EVENTS}:index"), "label": _("Events")},
            {"url": reverse(f"{EVENTS}:inspect", args=[self.event.pk]), "label": self.event.title},
            {"url": "", "label": self.page_title},  # type: ignore[attr-defined]
        ]


# --- writing --------------------------------------------------------------------------------------
class ChooseClubView(ServiceForm):
    """For which club a new event is."""

    policy = requires(rules.MANAGE)
    page_title = gettext_lazy("Write an event")
    button = gettext_lazy("Continue")
    header_icon = "date"
    form_class = ClubForm
    list_name = EVENTS

    def get_form_kwargs(self) -> dict[str, Any]:
        """With the clubs whose events the reader writes."""
        return {**super().get_form_kwargs(), "clubs": queries.clubs_written_by(self.request.user)}

    def form_valid(self, form: Any) -> HttpResponse:
        """On to the draft."""
        return HttpResponseRedirect(f"{reverse(f'{EVENTS}:write')}?club={form.chosen.slug}")


class _WriteView(WagtailAdminTemplateMixin, TemplateView):
    """Several forms that are sent as one: ``form``, ``wishes``, ``sessions``, those that are shown."""

    template_name = "events/admin/write.html"
    header_icon = "date"
    button: Any = gettext_lazy("Save")

    def shown(self, posted: Any) -> dict[str, Any]:
        """The forms by their names."""
        raise NotImplementedError

    def save(self, shown: dict[str, Any]) -> tuple[Event, str]:
        """Call the service; gives the event and the sentence to show. Raises DomainError."""
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What Wagtail's form template needs, and the forms."""
        context = super().get_context_data(**kwargs)
        shown = context.get("shown") or self.shown(None)
        context |= {"shown": shown, **shown, "action_url": self.request.get_full_path()}
        context["submit_button_label"] = self.button
        context["media"] = sum((one.media for one in shown.values()), forms.Media())
        return context

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Write it, or show what is wrong beside its field."""
        shown = self.shown(request.POST)
        if all_valid(*shown.values()):
            try:
                event, told = self.save(shown)
            except DomainError as refusal:
                first = shown.get("form") or shown["wishes"]
                show(refusal, first, shown.get("wishes"), shown.get("sessions"))
                messages.error(request, sentence_of(refusal))
            else:
                messages.success(request, told)
                return HttpResponseRedirect(reverse(f"{EVENTS}:inspect", args=[event.pk]))
        return self.render_to_response(self.get_context_data(shown=shown))


class WriteEventView(_WriteView):
    """Write a draft for the club that GET ``club`` names."""

    policy = requires(rules.MANAGE)
    page_title = gettext_lazy("Write an event")
    button = gettext_lazy("Save the draft")
    club: Club

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find the club, or ask for it."""
        clubs = queries.clubs_written_by(request.user)
        wanted = request.GET.get("club", "")
        found = next((one for one in clubs if one.slug == wanted or len(clubs) == 1), None)
        if found is None:
            return HttpResponseRedirect(reverse(f"{EVENTS}:add"))
        self.club = found
        parent: Any = super()
        return by_clock_of(Event(club=found), lambda: parent.dispatch(request, *args, **kwargs))

    def get_page_subtitle(self) -> str:
        """For which club."""
        return self.club.name

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        """Events, and this."""
        return [
            *self.breadcrumbs_items,
            {"url": reverse(f"{EVENTS}:index"), "label": _("Events")},
            {"url": "", "label": self.page_title},
        ]

    def shown(self, posted: Any) -> dict[str, Any]:
        """All of them; tomorrow evening to begin with."""
        tomorrow = timezone.localdate() + dt.timedelta(days=1)
        first = {"day": tomorrow, "starts": dt.time(18), "ends": dt.time(20)}
        form, wishes, sessions = forms_of(posted, self.club.institution, {}, [], [first])
        return {"form": form, "wishes": wishes, "sessions": sessions}

    def save(self, shown: dict[str, Any]) -> tuple[Event, str]:
        """Write the draft."""
        changes = changes_of(**shown, zone=zone_of(Event(club=self.club)))
        actor = acting_user(self.request)
        made = services.create_event(club=self.club, changes=changes, actor=actor)
        return made, _("The draft is saved. Schedule it when it is ready.")


class _EditableView(OfEvent, _WriteView):
    """Of an event that is not over."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The forms; back from an event that is over."""
        if not self.event.is_editable:
            messages.warning(request, _("This event is over; it cannot be changed any more."))
            return HttpResponseRedirect(reverse(f"{EVENTS}:inspect", args=[self.event.pk]))
        return super().get(request, *args, **kwargs)


class EditEventView(_EditableView):
    """Edit an event; times and halls too while it is a draft, later those are moved (E9)."""

    policy = requires(rules.MANAGE)
    page_title = gettext_lazy("Edit")

    def shown(self, posted: Any) -> dict[str, Any]:
        """All of a draft; of what is scheduled, all but its times and halls."""
        event = self.event
        initial, institution = EventForm.initial_of(event), event.club.institution
        if event.state != Event.State.DRAFT:
            return {"form": EventForm(posted, initial=initial, institution=institution)}
        rows = rows_of(slots_of(event), zone_of(event))
        form, wishes, sessions = forms_of(posted, institution, initial, wishes_of(event), rows)
        return {"form": form, "wishes": wishes, "sessions": sessions}

    def save(self, shown: dict[str, Any]) -> tuple[Event, str]:
        """Change it."""
        if "sessions" in shown:
            changes = changes_of(**shown, zone=zone_of(self.event))
        else:
            changes = shown["form"].changes()
        actor = acting_user(self.request)
        event = services.edit_event(event_id=self.event.pk, changes=changes, actor=actor)
        return event, _("Saved.")


class MoveEventView(_EditableView):
    """Other times or another hall; or what is in the way, and nothing changes (E9)."""

    policy = requires(rules.MANAGE)
    page_title = gettext_lazy("Move")
    button = gettext_lazy("Move")

    def shown(self, posted: Any) -> dict[str, Any]:
        """When and where."""
        event = self.event
        return {
            "wishes": WishesForm(
                posted,
                initial=WishesForm.initial_of(wishes_of(event)),
                institution=event.club.institution,
            ),
            "sessions": SessionFormSet(
                posted, initial=rows_of(slots_of(event), zone_of(event)), prefix="sessions"
            ),
        }

    def save(self, shown: dict[str, Any]) -> tuple[Event, str]:
        """Move it, and its hall with it."""
        moved = services.move_event(
            event_id=self.event.pk,
            sessions=shown["sessions"].slots(zone_of(self.event)),
            hall_wishes=shown["wishes"].wishes(),
            actor=acting_user(self.request),
        )
        return moved, move_told(moved)


# --- deeds ----------------------------------------------------------------------------------------
class _DeedView(OfEvent, ServiceForm):
    """Asks, then does one thing to the event."""

    policy = requires(rules.MANAGE)
    list_name = EVENTS
    header_icon = "date"
    keeps = True


class ScheduleView(_DeedView):
    """Make the draft public; the sentence tells which hall was booked (E2)."""

    policy = requires(rules.MANAGE)
    page_title = gettext_lazy("Schedule")

    def call(self, form: forms.Form) -> str:
        """Schedule it."""
        actor = acting_user(self.request)
        return hall_told(services.schedule(event_id=self.event.pk, actor=actor))


class StartView(_DeedView):
    """Begin it before its time comes (E1)."""

    policy = requires(rules.MANAGE)
    page_title = gettext_lazy("Begin now")

    def call(self, form: forms.Form) -> str:
        """Start it."""
        services.start(event_id=self.event.pk, actor=acting_user(self.request))
        return _("The event has begun. The waiting list is closed.")


class CompleteView(_DeedView):
    """End it; certificates and points follow (E7)."""

    policy = requires(rules.MANAGE)
    page_title = gettext_lazy("Complete now")

    def call(self, form: forms.Form) -> str:
        """Complete it."""
        services.complete(event_id=self.event.pk, actor=acting_user(self.request))
        return _("The event is completed. Certificates and points are being made.")


class CancelView(_DeedView):
    """Call it off, with a reason that everyone registered reads (E3)."""

    policy = requires(rules.MANAGE)
    page_title = gettext_lazy("Call it off")
    form_class = ReasonForm

    def call(self, form: forms.Form) -> str:
        """Cancel it."""
        services.cancel(
            event_id=self.event.pk,
            actor=acting_user(self.request),
            reason=form.cleaned_data["reason"],
        )
        return _("It is called off; everyone registered is told.")


class CloneView(_DeedView):
    """A draft like it at another time (E11)."""

    policy = requires(rules.MANAGE)
    page_title = gettext_lazy("Copy")
    form_class = CopyForm

    def get_initial(self) -> dict[str, Any]:
        """A week later."""
        later = timezone.localtime(self.event.starts) + dt.timedelta(days=7)
        return {"title": self.event.title, "starts": later}

    def call(self, form: forms.Form) -> str:
        """Copy it."""
        services.clone_event(
            event_id=self.event.pk, actor=acting_user(self.request), **form.cleaned_data
        )
        return _drafts_told(1)


class RepeatView(_DeedView):
    """The event again, as a series of drafts (E11)."""

    policy = requires(rules.MANAGE)
    page_title = gettext_lazy("Repeat")
    form_class = RepeatForm

    def call(self, form: forms.Form) -> str:
        """Repeat it."""
        made = services.repeat_event(
            event_id=self.event.pk, actor=acting_user(self.request), **form.cleaned_data
        )
        return _drafts_told(len(made))


def _drafts_told(count: int) -> str:
    return ngettext(
        "%(count)d draft is made. Schedule it when it is ready.",
        "%(count)d drafts are made. Each is scheduled, changed and cancelled alone.",
        count,
    ) % {"count": count}


_State = Event.State
DEEDS: tuple[tuple[str, Any, str, frozenset[str]], ...] = (
    ("schedule", ScheduleView, "check", frozenset({_State.DRAFT})),
    ("move", MoveEventView, "order", frozenset({_State.SCHEDULED, _State.ONGOING})),
    ("start", StartView, "arrow-right-full", frozenset({_State.SCHEDULED})),
    ("complete", CompleteView, "success", frozenset({_State.ONGOING})),
    ("cancel", CancelView, "cross", frozenset({_State.DRAFT, _State.SCHEDULED, _State.ONGOING})),
    ("clone", CloneView, "copy", frozenset(_State)),
    ("repeat", RepeatView, "rotate", frozenset(_State)),
)
"""Name, view, icon, and the states in which it is offered."""


def deeds_of(event: Event) -> list[Way]:
    """What can be done to the event as it is."""
    return [
        Way(view.page_title, reverse(f"{EVENTS}:{name}", args=[event.pk]), icon)
        for name, view, icon, states in DEEDS
        if event.state in states
    ]
