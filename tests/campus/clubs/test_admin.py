"""Clubs in the Wagtail admin: founded, edited, their offices given, their members decided about, paused."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from campus.accounts.models import User
from campus.clubs.models import Club
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


def test_a_club_is_kept_by_the_admin_and_each_step_is_in_its_history(sign_in: SignIn) -> None:
    place = factories.institution()
    admin, person = factories.user(Role.ADMIN), factories.user(Role.STUDENT, full_name="Iris Head")
    staff = factories.staff(institution=place, user=factories.user(Role.TEACHER))
    browser = sign_in(admin)
    form = {"institution": place.pk, "name": "Chess circle", "joining": "ask"}
    assert browser.get(reverse("club:add")).status_code == 200
    assert browser.post(reverse("club:add"), form).status_code == 302
    club = Club.objects.get(slug="chess-circle")  # without an address it got one
    at = {
        view: reverse(f"club:{view}", args=[club.pk])
        for view in ("edit", "office", "head", "coordinator", "state", "inspect", "history")
    }
    for address in at.values():
        assert browser.get(address).status_code == 200, address
    browser.post(at["edit"], {**form, "slug": club.slug, "summary": "Every Friday"})
    president = club.roles.get(name="President")
    foreign = factories.club().roles.create(name="Elsewhere")
    refused = browser.post(at["office"], {"user": person.pk, "role": foreign.pk})
    assert refused.status_code == 200
    assert not club.members.exists()
    browser.post(at["office"], {"user": person.pk, "role": president.pk})
    browser.post(at["head"], {"user": person.pk})
    browser.post(at["coordinator"], {"staff": staff.pk})
    told = browser.get(at["inspect"]).content.decode()
    assert "Iris Head" in told
    assert (
        "Iris Head" in browser.get(f"{reverse('clubmember:index')}?club={club.pk}").content.decode()
    )
    browser.post(at["state"], {"state": "paused"})
    club.refresh_from_db()
    assert (club.summary, club.head, club.coordinator) == ("Every Friday", person, staff)
    assert club.state == "paused"
    assert person.has_role(Role.ORGANIZER) or person.groups.filter(name="organizer").exists()
    entries = ModelLogEntry.objects.for_instance(club).order_by("timestamp", "pk")
    assert [(one.action, one.user_id) for one in entries] == [
        (f"clubs.{word}", admin.pk)
        for word in ("create", "edit", "assign_head", "assign_coordinator", "set_state")
    ]
    browser.post(reverse("club:delete", args=[club.pk]))
    assert Club.objects.filter(pk=club.pk).exists()


def test_offices_are_written_and_requests_decided_by_the_services(sign_in: SignIn) -> None:
    club = factories.club()
    browser = sign_in(factories.user(Role.ADMIN))
    form = {"club": club.pk, "name": "Librarian", "rank": "9", "may_check_in": "on"}
    assert browser.post(reverse("clubrole:add"), form).status_code == 302
    office = club.roles.get(name="Librarian")
    elsewhere = {**form, "club": factories.club().pk}
    address = reverse("clubrole:edit", args=[office.pk])
    assert browser.post(address, elsewhere).status_code == 200  # it stays in its club
    assert browser.post(address, {**form, "may_edit_club": "on"}).status_code == 302
    office.refresh_from_db()
    assert (office.club, office.may_check_in, office.may_edit_club) == (club, True, True)
    assert ModelLogEntry.objects.for_instance(office).count() == 2
    for view, state in (("accept", "active"), ("refuse", "refused")):
        asking = club.members.create(
            user=factories.user(Role.STUDENT), since=timezone.now(), state="asked"
        )
        address = reverse(f"clubmember:{view}", args=[asking.pk])
        assert browser.get(address).status_code == 200
        browser.post(address)
        browser.post(address)  # again: it was decided, and stays so
        asking.refresh_from_db()
        assert asking.state == state
    member = club.members.get(state="active")
    browser.post(reverse("clubmember:remove", args=[member.pk]))
    member.refresh_from_db()
    assert member.state == "left"


def test_people_are_chosen_by_admins_alone_and_by_their_names(sign_in: SignIn) -> None:
    factories.staff(name="Iris Found")
    factories.user(Role.STUDENT, full_name="Iris Found")
    factories.user(Role.STUDENT, full_name="Otto Else")
    admin, editor = sign_in(factories.user(Role.ADMIN)), sign_in(factories.user(Role.EDITOR))
    for room in ("account_chooser", "staff_chooser"):
        for view in ("choose", "choose_results"):
            address = reverse(f"{room}:{view}")
            told = admin.get(address, {"q": "found iris"}).content.decode()
            assert "Iris Found" in told
            assert "Otto Else" not in told
            answer = editor.get(address)
            assert answer.status_code in {302, 403}
            assert "Iris" not in answer.content.decode()
