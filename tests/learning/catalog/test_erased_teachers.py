"""P9 and L1: a teacher who was erased is not brought back by name when the catalog comes in again."""

import json
from typing import Any

import pytest
from django.core.management.utils import get_random_secret_key
from django.test import Client
from wagtail.models import ModelLogEntry

from campus.accounts.models import User
from campus.institutions.models import Institution
from campus.people import personal as people
from campus.people.models import StaffPage, StaffProfile
from campus.people.sources import erased_key
from campus.personal import services, tasks
from learning.catalog import personal as catalog
from learning.catalog.imports import import_catalog
from learning.catalog.models import Section
from portal.roles import Role
from tests import factories
from tests.campus.institutions.test_public_pages import put
from tests.learning.catalog.conftest import Rows

pytestmark = pytest.mark.django_db
NAME = "Quillfeather, Z"
TWO = ({"CRN": "1", "Instructors": f"{NAME};Other, O"}, {"CRN": "2", "Instructors": "Other, O"})


def erased_teacher(institution: Institution, path: Any) -> tuple[StaffProfile, User]:
    """A teacher whom the catalog named, with an account and a page; then erased as a worker does it."""
    import_catalog(path=path, institution=institution, actor=None)
    profile = StaffProfile.objects.get(name=NAME)
    user = factories.user(Role.TEACHER, full_name="Zenobia Quillfeather")
    profile.user = user
    profile.save()
    put(StaffPage(staff=profile, summary="Zenobia measures"))
    request = services.ask_erasure(user=user, actor=user)
    type(request).objects.filter(pk=request.pk).update(due_at=request.created_at)
    tasks.erase(request_id=str(request.pk))
    return StaffProfile.objects.get(pk=profile.pk), user


def all_that_is_said() -> str:
    """What is held of staff, sections and their log."""
    rows = [
        *StaffProfile.objects.values_list(),
        *Section.objects.values_list(),
        *StaffPage.objects.values_list(),
        *ModelLogEntry.objects.values_list("label", "data"),
    ]
    return json.dumps(rows, default=str)


def test_p9_l1_an_import_does_not_bring_the_name_back(
    institution: Institution, catalog_file: Rows
) -> None:
    path = catalog_file(*TWO)
    profile, _user = erased_teacher(institution, path)
    assert (profile.user, profile.is_listed) == (None, False)
    before = list(StaffProfile.objects.values_list("pk", flat=True))
    assert NAME not in all_that_is_said(), "nor in what the source last said"
    report = import_catalog(path=path, institution=institution, actor=None)
    assert report.changes == 0, "the same file changes nothing"
    changed = catalog_file(
        {**TWO[0], "Section Title": "New"}, {"CRN": "2", "Instructors": f"Other, O;{NAME}"}
    )
    import_catalog(path=changed, institution=institution, actor=None)
    assert list(StaffProfile.objects.values_list("pk", flat=True)) == before
    for section in Section.objects.all():
        assert profile in section.instructors.all(), (
            "the teaching is known, by the nameless profile"
        )
    assert NAME not in all_that_is_said()
    profile.refresh_from_db()
    assert "Quillfeather" not in profile.name


def test_p9_l1_the_control_without_the_digest_the_name_comes_back(
    institution: Institution, catalog_file: Rows
) -> None:
    path = catalog_file(*TWO)
    profile, _user = erased_teacher(institution, path)
    StaffProfile.objects.filter(pk=profile.pk).update(source_key=None)
    import_catalog(path=path, institution=institution, actor=None)
    assert StaffProfile.objects.filter(name=NAME).exists()


def test_p9_another_secret_key_still_knows_by_the_earlier_one(
    institution: Institution, catalog_file: Rows, settings: Any
) -> None:
    path = catalog_file(*TWO)
    erased_teacher(institution, path)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = get_random_secret_key()
    assert import_catalog(path=path, institution=institution, actor=None).changes == 0
    assert not StaffProfile.objects.filter(name=NAME).exists()


def test_p9_another_of_the_same_name_elsewhere_stays(
    institution: Institution, catalog_file: Rows
) -> None:
    erased_teacher(institution, catalog_file(*TWO))
    other = factories.institution(slug="elsewhere", name="Elsewhere")
    import_catalog(path=catalog_file(*TWO), institution=other, actor=None)
    assert StaffProfile.objects.get(name=NAME).institution == other


def test_p9_it_may_run_again(institution: Institution, catalog_file: Rows) -> None:
    profile, user = erased_teacher(institution, catalog_file(*TWO))
    key = profile.source_key
    assert key == erased_key(f"TST:{NAME}") == erased_key(str(key))
    StaffProfile.objects.filter(pk=profile.pk).update(user=user)
    catalog.erase(user)
    people.erase_staff(user)
    profile.refresh_from_db()
    assert profile.source_key == key


def test_p9_the_page_of_an_erased_teacher_is_gone(
    institution: Institution, catalog_file: Rows, client: Client, api: Any
) -> None:
    profile, _user = erased_teacher(institution, catalog_file(*TWO))
    assert not StaffPage.objects.exists()
    for address in (f"/en/people/{profile.pk}/", f"/en/people/{profile.pk}-quillfeather-z/"):
        assert client.get(address).status_code == 404
    for address in ("/en/people/", "/en/departments/tst/", "/en/search/?q=zenobia"):
        assert "Quillfeather" not in client.get(address).content.decode()
    assert "Quillfeather" not in api.get("/api/v1/staff/").content.decode()
