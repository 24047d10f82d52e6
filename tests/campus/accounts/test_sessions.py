"""P3: one's sessions, listed with device, address and last seen, and ended one by one."""

import datetime as dt
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from campus.accounts import services, sessions
from campus.accounts.models import User
from portal.roles import Role
from tests import factories
from tests.campus.accounts.calls import call, sign_in

pytestmark = pytest.mark.django_db
PAGE = "/en/account/sessions/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def person() -> User:
    return factories.user(Role.STUDENT)


def browser(user: User, **extra: str) -> Client:
    client = Client(**extra)
    client.post("/en/account/login/", {"login": user.email, "password": factories.PASSWORD})
    assert "_auth_user_id" in client.session
    return client


def by_token(user: User) -> dict[str, str]:
    _, body = sign_in(factories.PASSWORD, email=str(user.email))
    return {"Authorization": f"Bearer {body['meta']['access_token']}"}


def test_p3_the_page_tells_device_address_and_times_and_marks_this_one(person: User) -> None:
    browser(person, HTTP_USER_AGENT=FIREFOX, REMOTE_ADDR="10.9.8.7")
    html = browser(person).get(PAGE).content.decode()
    assert "Firefox · Windows" in html and "10.9.8.7" in html
    assert html.count("Last seen:") == 2 and html.count("This one") == 1
    assert html.count("End it") == 1, "this one ends by signing out"


def test_p3_one_session_is_ended_with_its_sockets_and_the_others_stay(
    person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[Any] = []
    monkeypatch.setattr(services, "end_sockets", lambda *a, **k: ended.append((a, k)))
    phone, desk, api = browser(person), browser(person), by_token(person)
    key = phone.session.session_key
    row = UserSession.objects.get(session_key=key)
    answer = desk.post(f"/en/sessions/{row.pk}/end/")
    assert answer.status_code == 302 and answer["Location"] == PAGE
    assert phone.get("/en/profile/").status_code == 302
    assert desk.get("/en/profile/").status_code == 200
    assert call(Client(), "GET", "/api/v1/profile/", **api)[0] == 200
    assert ended == [((person.pk,), {"session_key": key})]


def test_p3_nobody_ends_the_session_of_somebody_else(person: User) -> None:
    mine = browser(person)
    row = UserSession.objects.get(user=person)
    other = factories.user(Role.ADMIN)
    assert browser(other).post(f"/en/sessions/{row.pk}/end/").status_code == 404
    api = by_token(other)
    status, _ = call(Client(), "DELETE", "/auth/sessions", {"sessions": [row.pk]}, **api)
    assert status == 400
    assert Client().post(f"/en/sessions/{row.pk}/end/").status_code == 302
    assert mine.get("/en/profile/").status_code == 200


def test_p3_the_api_lists_and_ends_them(person: User) -> None:
    phone, api = browser(person, HTTP_USER_AGENT=FIREFOX, REMOTE_ADDR="10.9.8.7"), by_token(person)
    status, body = call(Client(), "GET", "/auth/sessions", **api)
    assert status == 200
    [first, second] = sorted(body["data"], key=lambda one: one["id"])
    assert first["user_agent"] == FIREFOX and first["ip"] == "10.9.8.7"
    assert not first["is_current"] and second["is_current"]
    assert time_of(first["last_seen_at"]) <= timezone.now()
    status, body = call(Client(), "DELETE", "/auth/sessions", {"sessions": [first["id"]]}, **api)
    assert status == 200 and [one["id"] for one in body["data"]] == [second["id"]]
    assert phone.get("/en/profile/").status_code == 302
    assert call(Client(), "GET", "/api/v1/profile/", **api)[0] == 200


def time_of(stamp: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(stamp, dt.UTC)


def five_minutes_later() -> None:
    """Neither the cache nor this process knows what was noted."""
    cache.clear()
    sessions.forget()


def test_p3_another_process_notes_for_this_one_too(person: User) -> None:
    """What the cache that all share says holds; this process asks it seldom, not never."""
    sessions.forget()
    assert sessions.note("one") is True
    cache.clear()
    assert sessions.note("one") is False, "asked a moment ago"
    sessions.forget()  # a quarter of a minute later
    assert sessions.note("one") is True
    sessions.forget()
    assert sessions.note("one") is False, "noted, by whichever process"


def test_p3_last_seen_moves_with_use_but_not_with_every_request(
    person: User, django_assert_num_queries: Any
) -> None:
    client = browser(person)
    long_ago = timezone.now() - dt.timedelta(days=2)

    def seen(address: str) -> tuple[bool, bool]:
        UserSession.objects.update(last_seen_at=long_ago)
        User.objects.update(last_seen=long_ago)
        client.get("/en/profile/", REMOTE_ADDR=address)
        person.refresh_from_db()
        row = UserSession.objects.get(user=person)
        return row.last_seen_at > long_ago, person.last_seen > long_ago

    assert seen("10.0.0.1") == (False, False), "the sign-in was just now"
    five_minutes_later()
    assert seen("10.0.0.2") == (True, True)
    assert UserSession.objects.get(user=person).ip == "10.0.0.2"
    assert seen("10.0.0.3") == (False, False)


def test_p3_a_refresh_is_a_sign_of_life_too(person: User) -> None:
    _, body = sign_in(factories.PASSWORD, email=str(person.email))
    UserSession.objects.update(last_seen_at=timezone.now() - dt.timedelta(days=2))
    five_minutes_later()
    call(Client(), "POST", "/tokens/refresh", {"refresh_token": body["meta"]["refresh_token"]})
    assert timezone.now() - UserSession.objects.get().last_seen_at < dt.timedelta(minutes=1)
