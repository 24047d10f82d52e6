"""N1: a page is rendered with the number its live events go on from, read before what it shows."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client, RequestFactory

from campus.accounts.models import User
from campus.notifications.bell import Bell, bell_of
from home import views
from learning.catalog.models import Section
from learning.enrollments.services import enroll
from portal.models import Stream
from portal.realtime import streams
from tests import factories

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
BODY = re.compile(
    r'data-live-stream="(?P<stream>[^"]*)" data-live-epoch="(?P<epoch>[^"]*)" data-live-head="(?P<head>\d+)"'
)


def bell(user: User) -> Bell:
    request: Any = RequestFactory().get("/")
    request.user = user
    found = bell_of(request)
    assert found is not None
    return found


def told(answer: Any) -> dict[str, str]:
    found = BODY.search(answer.content.decode())
    assert found, "the page says no number"
    return found.groupdict()


def test_n1_the_bell_counts_and_knows_the_head_in_one_query(
    section: Section, django_assert_num_queries: Callable[..., Any]
) -> None:
    student, other = factories.student(), factories.student()
    for person in (student, other):
        enroll(student=person, section_id=section.pk, actor=person.user)
    known = streams.heads([streams.user_stream(student.user.pk)])
    [(name, head)] = known.items()
    with django_assert_num_queries(1):
        found = bell(student.user)
    assert found == Bell(name, head.epoch, head.number, 1)
    assert head.number > 0


def test_n1_who_was_never_told_anything_begins_at_nothing(student: Any) -> None:
    assert bell(student.user) == Bell(f"user:{student.user.pk}", "", 0, 0)


@pytest.mark.parametrize("lang", ["en", "ar"])
def test_n1_dashboard_and_course_carry_the_head_and_a_visitors_page_none(
    lang: str, sign_in: SignIn, client: Client, section: Section
) -> None:
    student = factories.student()
    enroll(student=student, section_id=section.pk, actor=student.user)
    name = streams.user_stream(student.user.pk)
    # A number that a language would write with a separator, or in other digits.
    Stream.objects.filter(name=name).update(head=1234)
    browser = sign_in(student.user)
    epoch = streams.heads([name])[name].epoch
    for path in ("dashboard/", f"courses/{section.course.slug}/", "inbox/"):
        found = told(browser.get(f"/{lang}/{path}"))
        assert found == {"stream": name, "epoch": epoch, "head": "1234"}, path
    assert "data-live" not in client.get(f"/{lang}/courses/{section.course.slug}/").content.decode()


def test_n1_what_happens_while_the_page_is_made_is_not_taken_for_shown(
    sign_in: SignIn, section: Section, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The head is asked for before the rows: the event that commits in between will be repeated."""
    student = factories.student()
    read = views.dashboard_of

    def read_then_something_happens(who: Any) -> Any:
        rows = read(who)
        enroll(student=student, section_id=section.pk, actor=student.user)
        return rows

    monkeypatch.setattr(views, "dashboard_of", read_then_something_happens)
    found = told(sign_in(student.user).get("/en/dashboard/"))
    [head] = streams.heads([streams.user_stream(student.user.pk)]).values()
    assert head.number > 0
    assert found["head"] == "0"
