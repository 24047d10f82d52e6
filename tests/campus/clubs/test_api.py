"""The API of clubs: join and leave, members, offices, and what admins assign."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campus.clubs.models import Club, ClubMember
from portal.roles import Role
from tests import factories
from tests.campus.events import world

pytestmark = pytest.mark.django_db
CLUBS, ADMIN = "/api/v1/clubs/", "/api/v1/admin/clubs/"


def codes(answer: Any) -> list[tuple[str, str | None]]:
    """What is wrong, by code and parameter."""
    return [(one["code"], one["param"]) for one in answer.json()["errors"]]


def test_one_joins_is_taken_and_leaves(api_as: Any) -> None:
    club = world.club()
    person = factories.user(Role.STUDENT)
    client, head = api_as(person), api_as(world.organizer(club))
    asked = client.post(f"{CLUBS}{club.pk}/join/")
    assert (asked.status_code, asked.json()["data"]["state"]) == (202, "asked")
    assert client.post(f"{CLUBS}{club.pk}/join/").json()["data"] == asked.json()["data"]
    members = f"{CLUBS}{club.pk}/members/"
    assert client.get(members).status_code == 403
    [row] = head.get(members, {"state": "asked"}).json()["data"]
    assert row["user"] == {"id": person.pk, "name": person.full_name}
    taken = head.post(f"{members}{row['id']}/accept/")
    assert taken.json()["data"]["state"] == "active"
    assert codes(head.post(f"{members}{row['id']}/refuse/")) == [("wrong_state", None)]
    assert client.get(f"{CLUBS}{club.pk}/").json()["data"]["members"] == 2
    assert client.post(f"{CLUBS}{club.pk}/leave/").json()["data"]["state"] == "left"
    assert ClubMember.objects.get(user=person).state == "left"


def test_a_member_of_another_club_is_not_decided_about_here(api_as: Any) -> None:
    club, other = world.club(), world.club()
    head = api_as(world.organizer(club))
    asked = ClubMember.objects.create(
        club=other, user=factories.user(), state="asked", since=other.created_at
    )
    for word in ("accept", "refuse", "remove"):
        assert head.post(f"{CLUBS}{club.pk}/members/{asked.pk}/{word}/").status_code == 404
        assert head.post(f"{CLUBS}{other.pk}/members/{asked.pk}/{word}/").status_code == 403
    asked.refresh_from_db()
    assert asked.state == "asked"


def test_an_admin_founds_a_club_and_gives_out_its_offices(api_as: Any) -> None:
    place = factories.institution()
    admin = api_as(factories.administrator(place))
    made = admin.post(ADMIN, {"institution": place.pk, "name": "Chess"}, format="json")
    assert made.status_code == 201, made.json()
    club = Club.objects.get()
    assert (club.slug, club.roles.count()) == ("chess", 5)
    student = factories.student(institution=place).user
    role = club.roles.get(name="Secretary")
    at = f"{ADMIN}{club.pk}/"
    given = admin.post(
        f"{at}assign-organizer/", {"user": student.pk, "role": role.pk}, format="json"
    )
    assert given.json()["data"]["role"]["name"] == "Secretary"
    staff = factories.teacher().staff_profile
    assert admin.post(f"{at}assign-coordinator/", {"staff": staff.pk}, format="json").json()[
        "data"
    ]["coordinator"] == {"id": staff.pk, "name": staff.name}
    named = admin.post(f"{at}assign-club-head/", {"user": student.pk}, format="json")
    assert named.json()["data"]["head"]["id"] == student.pk
    student.__dict__.pop("roles", None)
    assert student.has_role(Role.ORGANIZER)
    listed = admin.get("/api/v1/club-organizers/").json()["data"]
    assert [one["user"]["id"] for one in listed] == [student.pk]
    paused = admin.post(f"{at}set-state/", {"state": "paused"}, format="json")
    assert paused.json()["data"]["state"] == "paused"
    assert api_as(factories.teacher()).get(f"{CLUBS}{club.pk}/").status_code == 404


def test_an_admin_of_an_institution_reaches_its_clubs_and_people_alone(api_as: Any) -> None:
    place = factories.institution()
    other = factories.institution(slug="other", name="Other")
    club, theirs = world.club(institution=place), world.club(institution=other)
    admin = api_as(factories.administrator(place))
    stranger = factories.student(institution=other).user
    role = club.roles.order_by("rank")[0]
    foreign = theirs.roles.order_by("rank")[0]
    at = f"{ADMIN}{club.pk}/"
    for address, sent, param in (
        ("assign-organizer/", {"user": stranger.pk, "role": role.pk}, "user"),
        ("assign-organizer/", {"user": stranger.pk, "role": foreign.pk}, "role"),
        ("assign-club-head/", {"user": stranger.pk}, "user"),
        ("assign-coordinator/", {"staff": factories.staff(institution=other).pk}, "staff"),
        ("assign-coordinator/", {"staff": 2**31 - 1}, "staff"),
    ):
        refused = admin.post(f"{at}{address}", sent, format="json")
        assert (refused.status_code, codes(refused)[0][1]) == (400, param), address
    assert admin.get(f"{ADMIN}{theirs.pk}/").status_code == 404
    moved = admin.patch(at, {"institution": other.pk}, format="json")
    assert moved.status_code in {403, 404}
    founded = admin.post(ADMIN, {"institution": other.pk, "name": "Grab"}, format="json")
    assert founded.status_code in {403, 404}
    club.refresh_from_db()
    assert (club.institution_id, club.head_id, club.coordinator_id) == (place.pk, None, None)
    assert Club.objects.count() == 2


def test_who_runs_a_club_edits_its_words_and_not_its_institution(api_as: Any) -> None:
    club = world.club()
    head, helper = (
        api_as(world.organizer(club, role)) for role in ("President", "Helper at the door")
    )
    at = f"{CLUBS}{club.pk}/"
    edited = head.patch(at, {"summary": "We play.", "institution": 99}, format="json")
    assert edited.json()["data"]["summary"] == "We play."
    assert helper.patch(at, {"summary": "No."}, format="json").status_code == 403
    world.club(name="Taken", institution=club.institution)
    assert codes(head.patch(at, {"name": "Taken"}, format="json")) == [("invalid", "name")]


def test_lists_ask_as_often_for_many_as_for_one(api: Any, api_as: Any) -> None:
    club = world.club()
    head = api_as(world.organizer(club))
    asked = [(api, CLUBS), (head, f"{CLUBS}{club.pk}/members/"), (head, "/api/v1/club-organizers/")]

    def counts() -> list[int]:
        found = []
        for client, address in asked:
            with CaptureQueriesContext(connection) as taken:
                assert client.get(address).status_code == 200
            found.append(len(taken))
        return found

    counts()
    few = counts()
    for _ in range(10):
        world.club()
        world.organizer(club, "Secretary")
    assert counts() == few
    assert few[0] == 1
    assert max(few) <= 14, few
