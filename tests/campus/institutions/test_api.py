"""The API of institutions, faculties, departments and staff: public reads, writes within one's reach."""

from typing import Any

import pytest
from rest_framework.test import APIClient
from wagtail.models import ModelLogEntry

from campus.institutions.models import Department, Faculty, Institution
from campus.people.models import StaffProfile
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db
PLACES, FACULTIES, DEPARTMENTS, STAFF = (
    f"/api/v1/{name}/" for name in ("institutions", "faculties", "departments", "staff")
)


@pytest.fixture
def a() -> Institution:
    return factories.institution(slug="a", name="A")


@pytest.fixture
def b() -> Institution:
    return factories.institution(slug="b", name="B")


def test_f1_everyone_reads(api: APIClient, a: Institution, b: Institution) -> None:
    faculty = Faculty.objects.create(institution=a, code="SCI", name="Sciences")
    department = factories.department(institution=a, faculty=faculty, code="PHYS", name="Physics")
    factories.department(institution=b)
    staff = factories.staff(institution=a, department=department, name="Nadia", number="E-7")
    factories.staff(institution=a, name="Hidden", is_listed=False)
    place = {"id": a.pk, "name": "A", "slug": "a"}
    part = {"id": faculty.pk, "code": "SCI", "name": "Sciences"}
    assert api.get(PLACES, {"slug": "a"}).json()["data"] == [
        {**place, "timezone": a.timezone, "address": None, "path": "/en/institutions/a/"}
    ]
    public = {"slug": "sci", "address": None, "path": "/en/faculties/sci/"}
    assert api.get(FACULTIES).json()["data"] == [{**part, **public, "institution": place}]
    told = {"id": department.pk, "code": "PHYS", "name": "Physics"}
    for query in ({"institution": a.pk}, {"faculty": faculty.pk}, {"code": "PHYS"}, {"q": "phys"}):
        found = api.get(DEPARTMENTS, query).json()["data"]
        public = {"slug": "phys", "address": None, "path": "/en/departments/phys/"}
        assert found == [{**told, **public, "faculty": part, "institution": place}], query
    answer = api.get(STAFF, {"department": department.pk})
    assert answer.json()["data"] == [
        {
            "id": staff.pk,
            "name": "Nadia",
            "title": "",
            "qualifications": "",
            "department": told,
            "institution": place,
            "is_listed": True,
            **dict.fromkeys(("left_on", "public_email", "public_phone", "office")),
            "path": f"/en/people/{staff.pk}-nadia/",
        }
    ]
    assert "E-7" not in answer.content.decode()
    assert "Hidden" not in api.get(STAFF).content.decode()
    again = api.get(STAFF, {"department": department.pk}, HTTP_IF_NONE_MATCH=answer["ETag"])
    assert again.status_code == 304


@pytest.mark.parametrize("count", [1, 12])
@pytest.mark.parametrize("address", [PLACES, FACULTIES, DEPARTMENTS, STAFF])
def test_a_list_costs_one_query_however_long(
    address: str, count: int, api: APIClient, a: Institution, django_assert_num_queries: Any
) -> None:
    faculty = Faculty.objects.create(institution=a, code="F", name="F")
    for n in range(count):
        factories.institution(slug=f"i{n}", name=f"I {n}")
        Faculty.objects.create(institution=a, code=f"F{n}", name=f"F {n}")
        department = factories.department(institution=a, faculty=faculty)
        factories.staff(institution=a, department=department)
    with django_assert_num_queries(1):
        assert len(api.get(address).json()["data"]) >= count


def test_f1_pages_go_on_by_key(api: APIClient, a: Institution) -> None:
    for n in range(5):
        factories.department(institution=a, code=f"D{n}", name=f"Department {n}")
    first = api.get(DEPARTMENTS, {"page_size": 3}).json()
    rest = api.get(DEPARTMENTS, {"page_size": 3, "cursor": first["meta"]["next_cursor"]}).json()
    codes = [entry["code"] for page in (first, rest) for entry in page["data"]]
    assert codes == ["D0", "D1", "D2", "D3", "D4"]


def test_an_admin_writes_their_institutions_parts(a: Institution, api_as: Any) -> None:
    client = api_as(factories.administrator(a))
    made = client.post(FACULTIES, {"institution": a.pk, "code": "SCI", "name": "S"}, format="json")
    assert made.status_code == 201, made.content
    faculty = made.json()["data"]["id"]
    body = {"institution": a.pk, "faculty": faculty, "code": "PHYS", "name": "Physics"}
    made = client.post(DEPARTMENTS, body, format="json")
    assert made.json()["data"]["faculty"]["code"] == "SCI"
    department = made.json()["data"]["id"]
    taken = client.post(DEPARTMENTS, body, format="json")
    assert taken.status_code == 400
    assert taken.json()["errors"][0]["param"] == "code"
    changed = client.patch(f"{DEPARTMENTS}{department}/", {"name": "Physik"}, format="json")
    assert changed.json()["data"]["name"] == "Physik"
    used = client.delete(f"{FACULTIES}{faculty}/")
    assert (used.status_code, used.json()["errors"][0]["code"]) == (409, "still_in_use")
    assert client.delete(f"{DEPARTMENTS}{department}/").status_code == 204
    body = {"institution": a.pk, "name": "Nadia", "number": "E1", "is_listed": False}
    made = client.post(STAFF, body, format="json")
    assert made.status_code == 201, made.content
    again = client.post(STAFF, {**body, "name": "Other"}, format="json")
    assert (again.status_code, again.json()["errors"][0]["param"]) == (400, "number")
    address = f"{STAFF}{made.json()['data']['id']}/"
    assert client.get(address).status_code == 200
    assert APIClient().get(address).status_code == 404
    assert client.patch(address, {"title": "Dr."}, format="json").json()["data"]["title"] == "Dr."
    assert client.delete(address).status_code == 204
    renamed = client.patch(f"{PLACES}{a.pk}/", {"name": "A!"}, format="json")
    assert renamed.json()["data"]["name"] == "A!"
    actions = ModelLogEntry.objects.values_list("action", flat=True)
    assert {"people.add_staff", "people.change_staff", "people.remove_staff"} <= set(actions)


def test_an_admin_writes_nothing_of_another_institution(
    a: Institution, b: Institution, api_as: Any
) -> None:
    client = api_as(factories.administrator(a))
    department = factories.department(institution=b)
    unlisted = factories.staff(institution=b, is_listed=False)
    listed = factories.staff(institution=b)
    body = {"institution": b.pk, "code": "X", "name": "X"}
    for address in (FACULTIES, DEPARTMENTS, STAFF):
        fields = body if address != STAFF else {"institution": b.pk, "name": "X"}
        assert client.post(address, fields, format="json").status_code == 403
    assert client.post(PLACES, {"name": "X", "slug": "x"}, format="json").status_code == 403
    for address in (f"{DEPARTMENTS}{department.pk}/", f"{PLACES}{b.pk}/", f"{STAFF}{listed.pk}/"):
        assert client.patch(address, {"name": "X"}, format="json").status_code == 403
        assert client.delete(address).status_code == 403
    assert client.get(f"{STAFF}{unlisted.pk}/").status_code == 404
    assert client.patch(f"{STAFF}{unlisted.pk}/", {"name": "X"}, format="json").status_code == 404
    assert client.delete(f"{PLACES}{a.pk}/").status_code == 403
    ours = factories.department(institution=a)
    crossing = client.patch(
        f"{DEPARTMENTS}{ours.pk}/",
        {"faculty": Faculty.objects.create(institution=b, code="F", name="F").pk},
        format="json",
    )
    assert crossing.json()["errors"][0]["param"] == "faculty"
    for model in (Institution, Department, StaffProfile):
        assert not model._default_manager.filter(name="X").exists()


@pytest.mark.parametrize("role", [None, Role.STUDENT, Role.TEACHER, Role.EDITOR])
def test_nobody_else_writes(role: Any, a: Institution, api: APIClient, api_as: Any) -> None:
    client = api if role is None else api_as(factories.user(role))
    status = 401 if role is None else 403
    department = factories.department(institution=a)
    for address in (PLACES, FACULTIES, DEPARTMENTS, STAFF):
        assert client.post(address, {"name": "X"}, format="json").status_code == status
    assert client.delete(f"{DEPARTMENTS}{department.pk}/").status_code == status
    assert Department.objects.count() == 1


def test_an_admin_of_the_portal_founds_institutions(api_as: Any, admin: Any) -> None:
    client = api_as(admin)
    body = {"name": "Center", "slug": "center", "timezone": "UTC"}
    made = client.post(PLACES, body, format="json")
    assert made.status_code == 201
    taken = client.post(PLACES, body, format="json")
    assert (taken.status_code, taken.json()["errors"][0]["param"]) == (400, "slug")
    assert client.delete(f"{PLACES}{made.json()['data']['id']}/").status_code == 204
