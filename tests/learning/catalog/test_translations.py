"""Editors translate pages with wagtail-localize; what is operational comes from the model (S4, S6)."""

import pytest
from django.test import Client, TestCase
from wagtail.models import Locale, Page, Site
from wagtail_localize.models import StringTranslation, Translation, TranslationSource
from wagtail_localize.operations import translate_object

from home.models import HomePage
from learning.catalog.models import CourseIndexPage, CoursePage
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def arabic() -> Locale:
    """The locale of the Arabic pages."""
    return Locale.objects.get_or_create(language_code="ar")[0]


@pytest.fixture
def home() -> HomePage:
    """An English home page at the root of the site."""
    site = Site.objects.get(is_default_site=True)
    found = site.root_page.specific
    if isinstance(found, HomePage):
        return found
    made = HomePage(title="Quad", slug="quad", locale=Locale.get_default())
    Page.objects.get(depth=1).add_child(instance=made)
    site.root_page = made
    site.save()
    return made


@pytest.fixture
def index_page(home: HomePage) -> CourseIndexPage:
    """The English list page."""
    found = CourseIndexPage.objects.filter(locale=home.locale).first()
    return found or home.add_child(
        instance=CourseIndexPage(title="Courses", slug="courses", locale=home.locale)
    )


@pytest.fixture
def course_page(index_page: CourseIndexPage) -> CoursePage:
    """An English page on a course with one section."""
    course = factories.course(code="CHEM 101", slug="chem-101", title="General chemistry")
    factories.section(course=course, number="54321", instructors=[factories.staff(name="Curie, M")])
    made = CoursePage(
        title="Chemistry that stays",
        course=course,
        slug=course.slug,
        summary="A summer in the laboratory",
        locale=index_page.locale,
    )
    index_page.add_child(instance=made)
    made.save_revision().publish()
    return made


def say(page: Page, locale: Locale, words: dict[str, str]) -> Translation:
    """Give the Arabic words of a page and publish them, as the admin's form does."""
    source, _ = TranslationSource.update_or_create_from_instance(page.specific)
    translation = Translation.objects.get(source=source, target_locale=locale)
    for segment in source.stringsegment_set.select_related("string", "context"):
        if segment.string.data in words:
            StringTranslation.objects.create(
                translation_of=segment.string,
                context=segment.context,
                locale=locale,
                data=words[segment.string.data],
            )
    with TestCase.captureOnCommitCallbacks(execute=True):  # it publishes after the commit
        translation.save_target(publish=True)
    return translation


def test_s4_a_course_page_in_arabic_is_served_at_the_address_of_its_course(
    client: Client,
    home: HomePage,
    index_page: CourseIndexPage,
    course_page: CoursePage,
    arabic: Locale,
) -> None:
    for page in (home, index_page, course_page):
        if not page.has_translation(arabic):
            translate_object(page, [arabic])
    say(
        course_page,
        arabic,
        {
            "Chemistry that stays": "كيمياء لا تُنسى",
            "A summer in the laboratory": "صيف في المختبر",
        },
    )
    page = CoursePage.objects.get(locale=arabic)
    assert (page.title, page.slug) == ("كيمياء لا تُنسى", "chem-101")
    assert page.course == course_page.course
    assert page.live
    assert page.get_url().endswith("/ar/courses/chem-101/")

    told = client.get("/ar/courses/chem-101/").content.decode()
    assert "كيمياء لا تُنسى" in told
    assert "صيف في المختبر" in told
    assert "Chemistry that stays" not in told
    assert 'dir="rtl"' in told
    for fact in ("CHEM 101", "54321", "Curie, M"):
        assert fact in told, "what is operational is the model's, in every language"

    english = client.get("/en/courses/chem-101/").content.decode()
    assert "Chemistry that stays" in english
    assert "صيف" not in english

    course_page.course.code = "CHEM 102"
    course_page.course.save()
    assert "CHEM 102" in client.get("/ar/courses/chem-101/").content.decode()


def test_s4_the_home_page_in_arabic(client: Client, home: HomePage, arabic: Locale) -> None:
    home.title = "A portal of learning"
    home.save_revision().publish()
    if not home.has_translation(arabic):
        translate_object(home, [arabic])
    else:
        source, _ = TranslationSource.update_or_create_from_instance(home)
        Translation.objects.get_or_create(source=source, target_locale=arabic)
    say(home, arabic, {"A portal of learning": "بوابة للتعلّم"})
    page = HomePage.objects.get(locale=arabic)
    assert page.title == "بوابة للتعلّم"
    told = client.get("/ar/").content.decode()
    assert "بوابة للتعلّم" in told
    assert "A portal of learning" not in told


def test_s4_an_editor_sends_a_page_for_translation_in_the_admin(
    client: Client,
    home: HomePage,
    index_page: CourseIndexPage,
    course_page: CoursePage,
    arabic: Locale,
) -> None:
    for page in (home, index_page):
        if not page.has_translation(arabic):
            translate_object(page, [arabic])
    client.force_login(factories.user(Role.ADMIN))
    address = f"/admin/localize/submit/page/{course_page.pk}/"
    assert client.get(address).status_code == 200
    answer = client.post(address, {"locales": [arabic.pk]})
    assert answer.status_code == 302
    assert CoursePage.objects.filter(locale=arabic, course=course_page.course).exists()
