"""Pages, images and reviews in Wagtail: an admin of one institution writes the pages of its own things."""

from typing import Any

import pytest
from django.urls import reverse
from wagtail.images import get_image_model
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import Page
from wagtail.permissions import policy_registry

from campus.accounts.models import User
from campus.institutions.models import Institution
from home.models import HomePage, StandardPage
from learning.catalog.models import CourseIndexPage, CoursePage
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def a() -> Institution:
    return factories.institution(slug="a", name="A")


@pytest.fixture
def b() -> Institution:
    return factories.institution(slug="b", name="B")


@pytest.fixture
def admin(a: Institution) -> User:
    return factories.administrator(a)


def index() -> CourseIndexPage:
    found = CourseIndexPage.objects.filter(locale__language_code="en").first()
    assert found is not None
    return found


def page_of(place: Institution, title: str) -> CoursePage:
    page = CoursePage(title=title, course=factories.course(institution=place, title=title))
    index().add_child(instance=page)
    return page


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_pages_of_ones_own_courses_are_written_and_nothing_else(
    a: Institution, b: Institution, admin: User, sign_in: Any
) -> None:
    ours, theirs = page_of(a, "Ours"), page_of(b, "Theirs")
    may = fresh(admin)
    assert ours.permissions_for_user(may).can_edit()
    assert ours.permissions_for_user(may).can_publish()
    for page in (theirs, HomePage.objects.first(), StandardPage.objects.first(), index()):
        tester = page.permissions_for_user(may)
        assert not tester.can_edit(), page
        assert not tester.can_publish(), page
        assert not tester.can_delete(), page
        assert not tester.can_move(), page
    browser = sign_in(admin)
    assert browser.get(reverse("wagtailadmin_pages:edit", args=[ours.pk])).status_code == 200
    for name in ("edit", "delete", "unpublish", "move", "history", "view_draft"):
        address = reverse(f"wagtailadmin_pages:{name}", args=[theirs.pk])
        for send in (browser.get, browser.post):
            assert send(address).status_code in {302, 403, 404}, name
    theirs.refresh_from_db()
    assert theirs.live
    assert Page.objects.filter(pk=theirs.pk).exists()


def test_a_new_course_page_points_to_a_course_of_ones_own(
    a: Institution, b: Institution, admin: User, sign_in: Any
) -> None:
    ours = factories.course(institution=a, title="Ours")
    theirs = factories.course(institution=b, title="Theirs")
    address = reverse("wagtailadmin_pages:add", args=["catalog", "coursepage", index().pk])
    browser = sign_in(admin)
    assert browser.get(address).status_code == 200
    for course, made in ((theirs, False), (ours, True)):
        browser.post(
            address,
            {
                "title": course.title,
                "slug": course.slug,
                "course": course.pk,
                "summary": "",
                "body-count": "0",
                "comments-TOTAL_FORMS": "0",
                "comments-INITIAL_FORMS": "0",
            },
        )
        assert CoursePage.objects.filter(course=course).exists() is made


def test_images_of_others_are_chosen_and_not_changed(admin: User) -> None:
    policy = policy_registry.get_by_type(get_image_model())
    may, chief = fresh(admin), factories.user(Role.ADMIN)
    theirs, own = (
        get_image_model().objects.create(
            title="An image", file=get_test_image_file(), uploaded_by_user=who
        )
        for who in (chief, admin)
    )
    assert policy.user_has_permission(may, "add")
    assert policy.user_has_permission_for_instance(may, "choose", theirs)
    for action in ("change", "delete"):
        assert not policy.user_has_permission_for_instance(may, action, theirs)
        assert policy.user_has_permission_for_instance(may, action, own)
        assert policy.user_has_permission_for_instance(chief, action, own)


def test_reviewing_is_for_admins_of_the_portal(b: Institution, admin: User) -> None:
    page = page_of(b, "Theirs")
    page.save_revision()
    page.get_workflow().start(page, factories.user(Role.EDITOR))
    page.refresh_from_db()
    assert not page.permissions_for_user(fresh(admin)).can_edit()
    task = page.current_workflow_task
    assert task.get_actions(page, fresh(admin)) == []
    assert task.get_actions(page, factories.user(Role.ADMIN))


def test_an_admin_of_the_portal_and_an_editor_write_as_before(b: Institution) -> None:
    page = page_of(b, "Theirs")
    assert page.permissions_for_user(factories.user(Role.ADMIN)).can_publish()
    editor = page.permissions_for_user(factories.user(Role.EDITOR))
    assert editor.can_edit()
    assert not editor.can_publish()
