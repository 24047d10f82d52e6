"""Pages of clubs: the list, what comes in each, joining and leaving."""

import pytest
from django.test import Client

from campus.clubs.models import Club, ClubMember
from campus.notifications.models import Notification
from campus.notifications.services import localized_path
from tests import factories
from tests.campus.events import world

pytestmark = pytest.mark.django_db


def test_the_list_has_active_clubs_with_what_comes_next(client: Client) -> None:
    chess = world.club(name="Chess club")
    paused = world.club(name="Sleeping club")
    Club.objects.filter(pk=paused.pk).update(state="paused")
    world.event(chess, title="Later", sessions=world.slots(90))
    world.event(chess, title="Open evening", sessions=world.slots(30))
    world.draft(chess, title="Secret", sessions=world.slots(2))
    text = client.get("/en/clubs/").content.decode()
    assert "Chess club" in text
    assert "Open evening" in text
    assert "Sleeping club" not in text
    assert "Secret" not in text
    assert "Chess club" not in client.get("/en/clubs/?q=rowing").content.decode()


def test_a_club_shows_its_events_and_officers_to_who_is_signed_in(client: Client) -> None:
    chess = world.club(name="Chess club")
    world.organizer(chess, full_name="Petra President")
    made = world.event(chess, title="Open evening")
    seen = client.get(f"/en/clubs/{chess.slug}/").content.decode()
    assert made.title in seen
    assert "Petra President" not in seen
    client.force_login(factories.user())
    assert "Petra President" in client.get(f"/en/clubs/{chess.slug}/").content.decode()


def test_a_paused_club_is_nothing_to_all_but_its_own(client: Client) -> None:
    sleeping = world.club()
    head = world.organizer(sleeping)
    Club.objects.filter(pk=sleeping.pk).update(state="paused")
    assert client.get(f"/en/clubs/{sleeping.slug}/").status_code == 404
    client.force_login(factories.user())
    assert client.post(f"/en/clubs/{sleeping.slug}/join/").status_code == 404
    client.force_login(head)
    assert client.get(f"/en/clubs/{sleeping.slug}/").status_code == 200


@pytest.mark.parametrize(("joining", "state"), [("open", "active"), ("ask", "asked")])
def test_joining_and_leaving(joining: str, state: str, client: Client) -> None:
    chess, person = world.club(joining=joining), factories.user()
    client.force_login(person)
    assert client.post(f"/en/clubs/{chess.slug}/leave/").status_code == 404
    for _time in range(2):
        assert client.post(f"/en/clubs/{chess.slug}/join/").status_code == 302
    assert ClubMember.objects.get(club=chess).state == state
    assert client.post(f"/en/clubs/{chess.slug}/leave/").status_code == 302
    assert ClubMember.objects.get(club=chess).state == "left"


def test_a_club_by_invitation_takes_nobody_by_itself(client: Client) -> None:
    chess = world.club(joining="closed")
    client.force_login(factories.user())
    assert "/join/" not in client.get(f"/en/clubs/{chess.slug}/").content.decode()
    client.post(f"/en/clubs/{chess.slug}/join/")
    assert not chess.members.exists()


def test_who_decides_about_a_request_is_led_to_the_members(client: Client) -> None:
    chess = world.club(joining="ask")
    head = world.organizer(chess)
    client.force_login(factories.user())
    client.post(f"/en/clubs/{chess.slug}/join/")
    asked = Notification.objects.get(type="clubs.asked", user=head)
    client.force_login(head)
    path = localized_path(asked.path, "en")
    assert path in client.get(f"/en/clubs/{chess.slug}/").content.decode()
    seen = client.get(f"{path}?state=asked").content.decode()
    member = chess.members.get(state="asked")
    assert member.user.full_name in seen
    assert client.post(f"{path}{member.pk}/promote/").status_code == 404
    assert client.post(f"{path}{member.pk}/accept/").status_code == 302
    member.refresh_from_db()
    assert member.state == "active"
    client.post(f"{path}{member.pk}/remove/")
    member.refresh_from_db()
    assert member.state == "left"
    client.force_login(world.organizer(chess, "Treasurer"))
    assert path not in client.get(f"/en/clubs/{chess.slug}/").content.decode()
    assert client.get(path).status_code == 403
