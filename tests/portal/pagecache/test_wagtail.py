"""Editors' pages behind the cache: publish, unpublish, move, restrict, preview, schedule."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.utils import timezone
from wagtail.models import Page, PageViewRestriction, Site

from home.models import HomePage, StandardPage
from learning.catalog.models import CourseIndexPage, CoursePage
from portal.pagecache import PageCache
from portal.pagecache.versions import versions
from tests import factories
from tests.portal.pagecache.browser import Visitor

# Really committed: with Redis a touch takes effect after the commit alone.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def visitor(transactional_db: None) -> Iterator[Visitor]:
    """A visitor of the real site."""
    versions.cache_clear()
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield Visitor(PageCache(WSGIHandler(), limit=10_000_000), host="localhost")
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)
    versions.cache_clear()


@pytest.fixture
def page(transactional_db: None) -> StandardPage:
    """A general page below the site's home page."""
    home = Site.objects.get(is_default_site=True).root_page.specific
    assert isinstance(home, HomePage | Page)
    made = StandardPage(title="About these tests", slug="about-these-tests", locale=home.locale)
    home.add_child(instance=made)
    made.save_revision().publish()
    return made


ADDRESS = "/en/about-these-tests/"


def test_a_published_change_is_there_at_once(visitor: Visitor, page: StandardPage) -> None:
    assert visitor.get(ADDRESS).cache == "kept"
    assert visitor.get(ADDRESS).cache == "hit"
    page.title = "Another title"
    page.save_revision()
    assert visitor.get(ADDRESS).cache == "hit", "a draft changes nothing"
    assert "Another title" not in visitor.get(ADDRESS).text
    page.get_latest_revision().publish()
    assert "Another title" in visitor.get(ADDRESS).text


def test_an_unpublished_or_deleted_page_is_gone_at_once(
    visitor: Visitor, page: StandardPage
) -> None:
    visitor.get(ADDRESS)
    page.unpublish()
    assert visitor.get(ADDRESS).status == 404
    page.save_revision().publish()
    assert visitor.get(ADDRESS).status == 200
    page.delete()
    assert visitor.get(ADDRESS).status == 404


def test_a_page_that_expires_by_schedule_is_gone_after_the_command(
    visitor: Visitor, page: StandardPage
) -> None:
    visitor.get(ADDRESS)
    now = timezone.now()
    StandardPage.objects.filter(pk=page.pk).update(expire_at=now - dt.timedelta(minutes=1))
    call_command("publish_scheduled")
    assert visitor.get(ADDRESS).status == 404


def test_a_page_moved_to_another_address_is_found_there_alone(
    visitor: Visitor, page: StandardPage
) -> None:
    visitor.get(ADDRESS)
    page.slug = "moved"
    page.save_revision().publish()
    assert visitor.get("/en/moved/").status == 200
    assert "About these tests" not in visitor.get(ADDRESS).text


@pytest.mark.parametrize("kind", [PageViewRestriction.PASSWORD, PageViewRestriction.LOGIN])
def test_a_restricted_page_is_never_kept(visitor: Visitor, page: StandardPage, kind: str) -> None:
    visitor.get(ADDRESS)
    PageViewRestriction.objects.create(page=page, restriction_type=kind, password="p")
    for _ in range(2):
        answer = visitor.get(ADDRESS)
        assert answer.cache == ""
        assert "<h1" not in answer.text or "About these tests" not in answer.text
    PageViewRestriction.objects.all().delete()
    assert "About these tests" in visitor.get(ADDRESS).text


@pytest.fixture
def course_page() -> CoursePage:
    """An editor's page on a course."""
    course = factories.course(slug="kept-101")
    home = Site.objects.get(is_default_site=True).root_page
    index = CourseIndexPage.objects.first()
    if index is None:
        index = home.add_child(instance=CourseIndexPage(title="Courses", slug="courses"))
    made = CoursePage(title="Words for few", course=course, slug=course.slug)
    index.add_child(instance=made)
    made.save_revision().publish()
    return made


@pytest.mark.parametrize("kind", ["general", "course"])
def test_a_page_that_one_visitor_passed_is_never_kept_for_another(
    visitor: Visitor, page: StandardPage, course_page: CoursePage, kind: str
) -> None:
    secret = page if kind == "general" else course_page
    address = ADDRESS if kind == "general" else "/en/courses/kept-101/"
    restriction = PageViewRestriction(page=secret, restriction_type="password", password="p")
    restriction.save()
    session = SessionStore()
    session[PageViewRestriction.passed_view_restrictions_session_key] = [restriction.pk]
    session.save()
    passed = Visitor(
        visitor.site, cookies={settings.SESSION_COOKIE_NAME: session.session_key}, host="localhost"
    )
    for _ in range(2):
        answer = passed.get(address)
        assert secret.title in answer.text, "who knows the password reads it"
        assert answer.cache == ""
        assert "no-store" in answer.headers["cache-control"]
        assert secret.title not in visitor.get(address).text
    assert len(visitor.site.store) == 0


@pytest.mark.parametrize("kind", ["general", "course"])
def test_a_restriction_alone_forbids_keeping_whatever_let_the_visitor_pass(
    visitor: Visitor,
    page: StandardPage,
    course_page: CoursePage,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    """Were it not for the cookie (an address that passes, say), the page would still not be kept."""
    secret = page if kind == "general" else course_page
    address = ADDRESS if kind == "general" else "/en/courses/kept-101/"
    restriction = PageViewRestriction(page=secret, restriction_type="password", password="p")
    restriction.save()
    with monkeypatch.context() as patch:
        patch.setattr(PageViewRestriction, "accept_request", lambda *_: True)
        assert secret.title in visitor.get(address).text
    assert len(visitor.site.store) == 0
    assert secret.title not in visitor.get(address).text


def test_a_preview_is_never_kept(visitor: Visitor, page: StandardPage) -> None:
    from wagtail.models import Page as AnyPage  # noqa: PLC0415

    assert isinstance(page, AnyPage)
    response = page.make_preview_request()
    assert response.status_code == 200
    assert len(visitor.site.store) == 0
