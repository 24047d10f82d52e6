"""S1, S2 and the institutions of people.md: a public profile for each, with or without an editor's page."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from wagtail.models import Locale, Page, PageLogEntry, PageViewRestriction

from campus.accounts.models import User
from campus.institutions.models import (
    Department,
    DepartmentPage,
    DirectoryPage,
    Faculty,
    FacultyPage,
    Institution,
    InstitutionPage,
    free_slugs,
)
from campus.people.models import StaffPage, StaffProfile
from campus.people.services import update_staff, write_staff
from learning.catalog.models import Program
from portal.errors import InvalidInput
from search.queries import search
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def physics() -> Department:
    place = factories.institution()
    faculty = Faculty.objects.create(institution=place, code="SCI", name="Sciences")
    return factories.department(institution=place, faculty=faculty, code="PHYS", name="Physics")


def directory(language: str = "en") -> DirectoryPage:
    return DirectoryPage.objects.get(locale__language_code=language)


def put(page: Any, language: str = "en") -> Any:
    """``page`` below the directory page of a language, published."""
    above = directory(language)
    page.locale = above.locale
    page.slug = page.slug or "will-be-set"
    above.add_child(instance=page)
    page.save_revision().publish()
    return page


def told(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


# --- profiles -------------------------------------------------------------------------------------


def test_s2_every_part_has_a_profile_without_an_editor(client: Client, physics: Department) -> None:
    person = factories.staff(name="Curie, M", department=physics, title="Professor")
    course = factories.course(department=physics, title="Radiation")
    factories.section(course=course, instructors=[person])
    Program.objects.create(department=physics, code="BSC", name="Physics, BSc")
    for language in ("en", "ar"):
        page = told(client, f"/{language}/departments/phys/")
        for words in ("Physics", "Radiation", "Curie, M", "Physics, BSc", "Sciences"):
            assert words in page, words
        assert f'href="/{language}/people/{person.pk}-curie-m/"' in page
        assert f'href="/{language}/faculties/sci/"' in page
        page = told(client, f"/{language}/people/{person.pk}-curie-m/")
        for words in ("Curie, M", "Professor", "Physics", "Radiation"):
            assert words in page, words
        assert "Physics" in told(client, f"/{language}/faculties/sci/")
        assert "PHYS" in told(client, physics.institution.get_absolute_url())
    course_page = told(client, f"/en/courses/{course.slug}/")
    assert 'href="/en/departments/phys/"' in course_page
    assert f'href="/en/people/{person.pk}-curie-m/"' in course_page


def test_an_earlier_name_leads_to_the_profile(client: Client) -> None:
    person = factories.staff(name="Sklodowska, M")
    old = person.get_absolute_url()
    person.name = "Curie, M"
    person.save()
    answer = client.get(old)
    assert (answer.status_code, answer["Location"]) == (302, person.get_absolute_url())
    assert told(client, person.get_absolute_url())
    arabic = factories.staff(name="ماري كوري")
    assert arabic.get_absolute_url() == f"/en/people/{arabic.pk}/"
    assert "ماري" in told(client, arabic.get_absolute_url())


@pytest.mark.parametrize(
    "path",
    [
        *("departments/none/", "faculties/none/", "institutions/none/", "people/99999999/"),
        "people/99999999999999999999999/",
    ],
)
def test_what_is_not_there_is_a_404(client: Client, path: str) -> None:
    assert client.get(f"/en/{path}").status_code == 404


def test_who_is_unlisted_or_retired_is_nowhere(
    client: Client, api: Any, physics: Department
) -> None:
    today = timezone.localdate()
    hidden = factories.staff(name="Hiddenperson", department=physics, is_listed=False)
    retired = factories.staff(
        name="Retiredperson", department=physics, left_on=today - dt.timedelta(days=1)
    )
    last_day = factories.staff(name="Lastdayperson", department=physics, left_on=today)
    section = factories.section(course=factories.course(department=physics))
    section.instructors.set([hidden, retired, last_day])
    for address in ("/en/people/", "/en/departments/phys/", "/api/v1/staff/"):
        page = told(client, address)
        assert "Lastdayperson" in page
        assert "Hiddenperson" not in page and "Retiredperson" not in page, address
    for person in (hidden, retired):
        page = put(StaffPage(staff=person, summary="Remarkable words"))
        assert client.get(person.get_absolute_url()).status_code == 404
        assert client.get(f"/en/{directory().slug}/{page.slug}/").status_code == 404
        assert api.get(f"/api/v1/pages/{page.pk}/").status_code == 404
        assert api.get(f"/api/v1/staff/{person.pk}/").status_code == 404
        assert person.get_absolute_url() not in told(client, f"/en/courses/{section.course.slug}/")
    assert search("Remarkable") == [] and search("Retiredperson") == []
    assert client.get(last_day.get_absolute_url()).status_code == 200


def test_nothing_of_the_account_is_public_until_the_person_says_so(client: Client) -> None:
    user = factories.user(
        email="private@example.org", phone="+12173334666", full_name="Nadia Rahal"
    )
    person = factories.staff(user=user, name="Nadia Rahal", number="E-77")
    page = told(client, person.get_absolute_url()) + told(client, "/en/people/")
    for private in ("private@example.org", "+12173334666", "217", "E-77", "mailto:"):
        assert private not in page, private
    changes = {
        "public_email": "office@example.org",
        "public_phone": "+12173334777",
        "office": "B 12",
    }
    update_staff(staff=person, changes=changes, actor=user)
    page = told(client, person.get_absolute_url())
    for public in ("office@example.org", "tel:+12173334777", "B 12"):
        assert public in page, public
    assert "private@example.org" not in page
    update_staff(staff=person, changes=dict.fromkeys(changes, ""), actor=user)
    assert "mailto:" not in told(client, person.get_absolute_url())
    person.refresh_from_db()
    assert person.public_email is None
    with pytest.raises(InvalidInput) as refused:
        write_staff(actor=None, changes={"public_email": "x@example.org"}, staff=person)
    assert refused.value.param == "public_email", "not an admin's to give"


def test_p9_the_person_opts_in_by_form_and_by_api(api_as: Any, sign_in: Any) -> None:
    user = factories.teacher(full_name="Nadia Rahal")
    api = api_as(user)
    for sent, param in (
        ({"public_email": "nothing"}, "public_email"),
        ({"public_phone": "12"}, "public_phone"),
        ({"office": "x" * 201}, "office"),
    ):
        answer = api.patch("/api/v1/profile/staff/", sent, format="json")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["param"] == param
    answer = api.patch("/api/v1/profile/staff/", {"public_email": "n@example.org"}, format="json")
    assert answer.json()["data"]["public_email"] == "n@example.org"
    browser = sign_in(user)
    assert "public_email" in browser.get("/en/profile/").content.decode()
    person = StaffProfile.objects.get(user=user)
    assert person.public_email == "n@example.org" and person.public_phone is None


# --- editors' pages -------------------------------------------------------------------------------


def test_s4_a_page_overrides_the_profile_in_its_language(
    client: Client, physics: Department
) -> None:
    factories.course(department=physics, title="Radiation")
    body = [
        ("paragraph", "<p>We measure first.</p>"),
        ("courses", {"heading": "Begin", "count": 6}),
    ]
    page = put(DepartmentPage(title="The physicists", department=physics, body=body))
    assert page.slug == "department-phys"
    english, arabic = (told(client, f"/{code}/departments/phys/") for code in ("en", "ar"))
    assert "The physicists" in english and "We measure first." in english
    assert "The physicists" not in arabic, "its words are English"
    assert english.count("Radiation</bdi>") == 1, "a list that was placed is not shown twice"
    assert "Begin" in english
    answer = client.get(f"/en/{directory().slug}/{page.slug}/")
    assert answer.status_code == 404, "the address is the department's"
    page.unpublish()
    assert "The physicists" not in told(client, "/en/departments/phys/")


def test_s2_one_model_may_have_a_page_in_each_language_and_one_alone(physics: Department) -> None:
    page = put(DepartmentPage(title="Physics", department=physics))
    arabic = page.copy_for_translation(Locale.objects.get(language_code="ar"), copy_parents=True)
    arabic.title = "الفيزياء"
    arabic.save_revision().publish()
    assert "الفيزياء" in told(Client(), "/ar/departments/phys/")
    with translation.override("en"), pytest.raises(ValidationError, match="already"):
        put(DepartmentPage(title="Second", department=physics))


def test_every_kind_of_page_is_served_previewed_and_told_by_api(
    client: Client, api: Any, physics: Department, sign_in: Any, admin: User
) -> None:
    person = factories.staff(department=physics, name="Curie, M")
    pages = {
        "institution": put(InstitutionPage(title="T1", institution=physics.institution)),
        "faculty": put(FacultyPage(title="T2", faculty=physics.faculty)),
        "department": put(DepartmentPage(title="T3", department=physics)),
        "staff": put(StaffPage(staff=person, summary="Words on her")),
    }
    browser = sign_in(admin)
    for kind, page in pages.items():
        assert told(client, page.get_url()), kind
        data = api.get(f"/api/v1/pages/{page.pk}/").json()["data"]
        assert data["path"] == page.subject.get_absolute_url()
        assert data["operational"][kind]["path"] == data["path"]
        edit = browser.get(reverse("wagtailadmin_pages:edit", args=[page.pk]))
        assert edit.status_code == 200
        draft = browser.get(reverse("wagtailadmin_pages:view_draft", args=[page.pk]))
        assert draft.status_code == 200, kind
    draft = browser.get(reverse("wagtailadmin_pages:view_draft", args=[directory().pk]))
    assert draft.status_code == 200
    assert "Words on her" in told(client, person.get_absolute_url())


def test_view_restrictions_of_a_page_hold(client: Client, physics: Department) -> None:
    page = put(DepartmentPage(title="Inner matters", department=physics))
    PageViewRestriction.objects.create(page=page, restriction_type="login")
    assert client.get("/en/departments/phys/").status_code == 302


def test_p9_the_log_never_holds_a_name(admin: User, sign_in: Any) -> None:
    person = factories.staff(name="Zenobia Quillfeather")
    browser = sign_in(admin)
    address = reverse("wagtailadmin_pages:add", args=["people", "staffpage", directory().pk])
    answer = browser.post(
        address,
        {
            "staff": person.pk,
            "summary": "",
            "slug": "",
            "body-count": "0",
            "comments-TOTAL_FORMS": "0",
            "comments-INITIAL_FORMS": "0",
            "action-publish": "1",
        },
    )
    assert answer.status_code == 302, answer.content.decode()[:2000]
    page = StaffPage.objects.get(staff=person)
    assert page.live and page.title == f"#{person.pk}" == page.draft_title
    entries = list(PageLogEntry.objects.filter(page_id=page.pk).values_list("label", "data"))
    assert entries and "Quillfeather" not in str(entries)
    listed = browser.get(reverse("wagtailadmin_explore", args=[directory().pk]))
    assert "Quillfeather" in listed.content.decode()


# --- an institution's admin -----------------------------------------------------------------------


def test_an_admin_of_one_institution_writes_its_pages_alone(sign_in: Any) -> None:
    a, b = (factories.institution(slug=slug, name=slug) for slug in ("a", "b"))
    admin = factories.administrator(a)
    found = {}
    for place in (a, b):
        faculty = Faculty.objects.create(institution=place, code="F", name="F")
        department = factories.department(institution=place, code="X", name="X")
        person = factories.staff(institution=place)
        found[place] = [
            put(InstitutionPage(title="i", institution=place)),
            put(FacultyPage(title="f", faculty=faculty)),
            put(DepartmentPage(title="d", department=department)),
            put(StaffPage(staff=person)),
        ]
    assert Department.objects.get(institution=b).slug == "x-b", "the code is taken by another's"
    fresh = User.objects.get(pk=admin.pk)
    for page in found[a]:
        assert page.permissions_for_user(fresh).can_publish(), page
    for page in [*found[b], directory()]:
        tester = page.permissions_for_user(fresh)
        assert not (tester.can_edit() or tester.can_publish() or tester.can_delete()), page
    browser = sign_in(admin)
    theirs = factories.department(institution=b)
    for department, made in ((theirs, False), (factories.department(institution=a), True)):
        browser.post(
            reverse(
                "wagtailadmin_pages:add", args=["institutions", "departmentpage", directory().pk]
            ),
            {
                "title": "New",
                "slug": "new",
                "department": department.pk,
                "summary": "",
                "body-count": "0",
                "comments-TOTAL_FORMS": "0",
                "comments-INITIAL_FORMS": "0",
            },
        )
        assert DepartmentPage.objects.filter(department=department).exists() is made


def test_two_institutions_may_have_one_code(client: Client) -> None:
    a, b = (factories.institution(slug=slug, name=f"At {slug}") for slug in ("a", "b"))
    for place in (a, b):
        factories.department(institution=place, code="ECE", name=f"Circuits at {place.slug}")
    assert "Circuits at a" in told(client, "/en/departments/ece/")
    assert "Circuits at b" in told(client, "/en/departments/ece-b/")
    assert free_slugs(Department, b, ["ECE", "C&M"]) == {"ECE": "ece-b-2", "C&M": "cm"}


# --- the directory --------------------------------------------------------------------------------


def names(client: Client, address: str) -> list[str]:
    answer = client.get(address)
    assert answer.status_code == 200
    return [row.name for row in answer.context["found"].object_list]


def test_s1_the_directory_is_searched_and_filtered(client: Client, physics: Department) -> None:
    factories.institution(slug="other", name="Other")
    elsewhere = factories.department(
        institution=Institution.objects.get(slug="other"), code="ART", name="Painting"
    )
    person = factories.staff(name="Curie, M", title="Professor", department=physics)
    factories.staff(
        name="Kahlo, F", department=elsewhere, institution=elsewhere.institution, title="Professor"
    )
    factories.section(course=factories.course(department=physics), instructors=[person])
    for query, expected in {
        "": ["Painting", "Physics"],
        "?q=phys": ["Physics"],
        "?q=paint art": ["Painting"],
        "?faculty=sci": ["Physics"],
        "?institution=other": ["Painting"],
        "?active=1": ["Physics"],
        "?active=maybe": ["Painting", "Physics"],
        "?q=nothing": [],
        "?page=99": ["Painting", "Physics"],
        "?page=x&q=%27": [],
        "?faculty=none": [],
    }.items():
        assert names(client, f"/en/departments/{query}") == expected, query
    for query, expected in {
        "": ["Curie, M", "Kahlo, F"],
        "?q=professor curie": ["Curie, M"],
        "?department=phys": ["Curie, M"],
        "?faculty=sci": ["Curie, M"],
        "?institution=other": ["Kahlo, F"],
        "?active=1": ["Curie, M"],
    }.items():
        assert names(client, f"/en/people/{query}") == expected, query
    part = client.get("/en/people/?q=curie", HTTP_HX_REQUEST="true").content.decode()
    assert "Curie, M" in part and "<html" not in part
    assert client.get("/en/people/?q=a%00b").status_code == 400


def test_the_directory_is_bounded_and_its_pages_meet_everyone_once(client: Client) -> None:
    for n in range(100):
        factories.staff(name=f"Person {n:03}")
    seen = [name for n in (1, 2, 3) for name in names(client, f"/en/people/?page={n}")]
    assert seen == [f"Person {n:03}" for n in range(100)]
    assert len(names(client, "/en/people/")) == 48


#: The list, its count; what each needs of the rooms above: people 1 (codes), departments 3 (figures).
LISTS = {"people": 3, "departments": 5}


@pytest.mark.parametrize("many", [1, 30])
@pytest.mark.parametrize(("path", "expected"), LISTS.items())
def test_a_directory_costs_the_same_for_few_and_many(
    path: str, expected: int, many: int, client: Client
) -> None:
    for _ in range(many):
        department = factories.department()
        person = factories.staff(department=department)
        course = factories.course(department=department)
        factories.section(course=course, instructors=[person])
    with CaptureQueriesContext(connection) as seen:
        assert client.get(f"/en/{path}/", HTTP_HX_REQUEST="true").status_code == 200
    assert len(seen) == expected


@pytest.mark.parametrize("many", [2, 10])
def test_a_profile_costs_the_same_for_few_and_many(
    many: int, client: Client, physics: Department
) -> None:
    season = factories.season()
    person = factories.staff(department=physics)
    for _ in range(many):
        course = factories.course(department=physics)
        factories.section(course=course, season=season, instructors=[person])
        factories.staff(department=physics)
        factories.department(faculty=physics.faculty)
    addresses = {
        # The thing, its page; people; courses, how many are open, programs; the menu's pages.
        physics.get_absolute_url(): 7,
        # The person, the page; courses; the menu's pages.
        person.get_absolute_url(): 4,
        # The faculty, its page; departments with three figures; how many courses, some; the menu.
        physics.faculty.get_absolute_url(): 9,
        # The institution, its page; departments with figures, faculties, people; courses; the menu.
        physics.institution.get_absolute_url(): 11,
    }
    for address in addresses:
        client.get(address)
    found = {}
    for address in addresses:
        with CaptureQueriesContext(connection) as seen:
            client.get(address)
        found[address] = len(seen)
    assert found == addresses


def test_the_tree_of_a_new_portal_has_a_directory_in_each_language(client: Client) -> None:
    for language, title in (("en", "People and departments"), ("ar", "الأشخاص والأقسام")):
        page = directory(language)
        assert page.get_url() == f"/{language}/departments/"
        assert title in told(client, page.get_url())
    assert Page.objects.filter(pk=directory().pk, live=True).exists()
